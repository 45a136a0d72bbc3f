/** The session of the program that runs now. */
import { currentSession } from "../session/current-session.js";
import type { FileMessage } from "../session/file-message.js";
import type { FileOptions, Session } from "../session/session.js";
import { inProgram } from "./in-program.js";

/**
 * The session of the program that uses it; its messages have no types here, as a program that names them takes its session as an argument.
 *
 * Each use of it fails with StageError `failed_precondition` outside of programs, and in browsers.
 */
export const session: Session = {
  send: (message) => inProgram((its) => its.send(message)),
  receive: () => inProgram((its) => its.receive()),
  sendFile: (bytes: Uint8Array, options?: FileOptions) => inProgram((its) => its.sendFile(bytes, options)),
  receiveFile: (): Promise<FileMessage | undefined> => inProgram((its) => its.receiveFile()),
  get signal() {
    return currentSession().signal;
  },
  get deadline() {
    return currentSession().deadline;
  },
  get runtime() {
    return currentSession().runtime;
  },
  [Symbol.asyncIterator]: () => currentSession()[Symbol.asyncIterator](),
};
