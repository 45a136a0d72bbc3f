/** Errors that nobody could catch, gathered while something is tried. */
import { turns } from "./signals.js";

/** The gathering of stray errors; it goes on until it is stopped. */
export interface StrayErrors {
  readonly errors: readonly unknown[];
  /** Whether this runtime tells of them; of the known ones only Node and those like it do. */
  readonly isWatching: boolean;
  stop(): Promise<void>;
}

interface Emitter {
  on(event: string, listener: (error: unknown) => void): unknown;
  off(event: string, listener: (error: unknown) => void): unknown;
}

/** Gathers unhandled rejections and uncaught errors, which then do not end the process. */
export function strayErrors(): StrayErrors {
  const errors: unknown[] = [];
  const gather = (error: unknown): void => void errors.push(error);
  const emitter = (globalThis as { process?: Partial<Emitter> }).process;
  const isWatching = typeof emitter?.on === "function" && typeof emitter.off === "function";
  const events = isWatching ? ["unhandledRejection", "uncaughtException"] : [];
  for (const event of events) emitter?.on?.(event, gather);
  return {
    errors,
    isWatching,
    async stop() {
      await turns(2);
      for (const event of events) emitter?.off?.(event, gather);
    },
  };
}
