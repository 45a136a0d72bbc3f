/** What a server of tasks shares with the other wires at its port. */
import type { AnyTask } from "@iftk/core/task";
import type { Models } from "@iftk/wire";
import type { Tokens } from "../bearer-check.js";
import type { RunLimit } from "../run-limit.js";
import type { RunName } from "../stage-run.js";
import type { Handler } from "../web-exchange.js";
import type { Jobs } from "./jobs.js";

/** One server of tasks, apart from how it is reached. */
export interface TaskHost {
  readonly tasks: readonly AnyTask[];
  readonly models: Models;
  readonly jobs: Jobs | undefined;
  readonly domain: string;
  readonly tokens: Tokens | undefined;
  readonly origins: readonly string[];
  readonly runs: RunLimit;
  /** Bytes that a message may have, the largest that it takes anywhere. */
  readonly maxMessageBytes: number;
  /** Fires when the server begins to go. */
  readonly draining: AbortSignal;
  /** Hears the errors of stages with all that never crosses the wire. */
  readonly onError: (error: unknown, run: RunName) => void;
}

const hosts = new WeakMap<Handler, TaskHost>();

/** The handler itself, which the other wires know from now on. */
export function withTaskHost<H extends Handler>(handler: H, host: TaskHost): H {
  hosts.set(handler, host);
  return handler;
}

/** What a handler shares; undefined for one that serves no tasks. */
export function taskHostOf(handler: Handler): TaskHost | undefined {
  return hosts.get(handler);
}
