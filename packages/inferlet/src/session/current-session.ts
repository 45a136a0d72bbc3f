/** The session of the program that runs now, by which a program need not hand it around. */
import { StageError, type Stream } from "@iftk/core";
import type { Session } from "./session.js";

/** A run of a program. It lets go of its session when it is over, as what was begun by the program may live longer than it. */
export interface ProgramRun {
  session?: Session | undefined;
}

/** The part of Node's `AsyncLocalStorage` that is used. */
interface AsyncStorage {
  run<R>(run: ProgramRun | undefined, use: () => R): R;
  getStore(): ProgramRun | undefined;
}

/** Node, Deno and Bun have it; it is not imported, so that this loads in browsers, which have none. */
const storage = openStorage();

function openStorage(): AsyncStorage | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): { readonly AsyncLocalStorage: new () => AsyncStorage } | undefined } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  return hooks && new hooks.AsyncLocalStorage();
}

/** The run that the caller belongs to; undefined outside of programs, and where the platform does not tell. */
export function currentRun(): ProgramRun | undefined {
  return storage?.getStore();
}

/** Calls a function as a part of a run, or of none. */
export function inRun<R>(run: ProgramRun | undefined, use: () => R): R {
  return storage ? storage.run(run, use) : use();
}

/** A stream that is read as a part of the run which the caller belongs to, whoever reads it. */
export function asOfNow<T>(stream: Stream<T>): Stream<T> {
  const run = currentRun();
  if (!run) return stream; // outside of programs nothing is looked for, and to leave a run costs more than a receive
  return {
    [Symbol.asyncIterator]() {
      const iterator = inRun(run, () => stream[Symbol.asyncIterator]());
      return { next: () => inRun(run, () => iterator.next()), return: async () => inRun(run, () => iterator.return?.()) ?? { done: true, value: undefined } };
    },
  };
}

/**
 * The session of the program that the caller belongs to, also after an `await`, in a timer and in a stream that it reads.
 *
 * @throws StageError `failed_precondition` outside of programs, after their end (with reason `closed`), and in browsers.
 */
export function currentSession(): Session {
  const run = currentRun();
  if (run?.session) return run.session;
  if (run) throw new StageError("failed_precondition", "session: the program is over", { reason: "closed" });
  const where = storage ? "no program runs here" : "this platform does not tell which program runs";
  throw new StageError("failed_precondition", `session: ${where}; take the session that inferlet gives to the program`);
}
