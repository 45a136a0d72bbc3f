/** What is asked of the program that runs now. */
import { currentRun, currentSession } from "../session/current-session.js";
import type { Session } from "../session/session.js";

/** Asks the session of the program; rejects where it cannot be asked. What a program left behind asks too late harms no one who does not await it. */
export function inProgram<T>(ask: (session: Session) => Promise<T>): Promise<T> {
  try {
    return ask(currentSession());
  } catch (error) {
    const refused = Promise.reject<T>(error);
    if (currentRun()) refused.catch(() => {});
    return refused;
  }
}
