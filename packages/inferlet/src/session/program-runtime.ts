/** A runtime as one program has it: what the program waits for, and what it leaves open, ends with it. */
import { StageError, type Subscription } from "@iftk/core";
import type { Topics } from "../messaging/messaging.js";
import { currentRun, inRun } from "./current-session.js";
import type { Mcp, McpConnection } from "./mcp.js";
import { askConnection, connectionBy, type Ask } from "./mcp-requests.js";
import type { Runtime, SpawnOptions } from "./runtime.js";

/** The reason for which what a program has left open ends, once it has come to its end. */
export class ProgramOver extends StageError {
  constructor() {
    super("failed_precondition", "session: the program is over", { reason: "closed" });
  }
}

/** Gives a program its runtime until the program is over. */
export class ProgramRuntime {
  readonly runtime: Runtime;
  /** Ends what has begun since the program was aborted, or since its start. */
  #phase = new AbortController();
  readonly #connections = new Set<McpConnection>();

  constructor(of: Runtime) {
    let [messaging, mcp]: [Topics?, Mcp?] = [];
    this.runtime = Object.create(of, {
      messaging: { get: () => (messaging ??= this.#messaging(of.messaging)), enumerable: true },
      mcp: { get: () => (mcp ??= this.#mcp(of.mcp)), enumerable: true },
      spawn: { value: (name: string, args?: unknown, options: SpawnOptions = {}) => this.#within(options, (signal) => of.spawn(name, args, { ...options, signal })), enumerable: true },
    }) as Runtime;
  }

  /** Rejects what the program waits for; what its `finally` blocks begin goes on. */
  interrupt(reason: unknown): void {
    const phase = this.#phase;
    this.#phase = new AbortController();
    phase.abort(reason);
  }

  /** Ends what the program has left, for good. */
  async end(over: ProgramOver): Promise<void> {
    this.#phase.abort(over);
    await Promise.all([...this.#connections].map((connection) => connection.close()));
  }

  /** What some work gives, or the reason of its end as soon as that is known: a rejection that harms no one who does not await it. */
  #within<T>(options: { readonly signal?: AbortSignal }, begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#phase;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onEnd = (): void => {
      promise.catch(() => {});
      reject(signal.reason);
    };
    if (signal.aborted) onEnd();
    else {
      signal.addEventListener("abort", onEnd, { once: true });
      const both = joined(options.signal, signal);
      const work = begin(both.signal);
      const leave = (): void => {
        signal.removeEventListener("abort", onEnd);
        both.leave();
      };
      work.then(leave, leave);
      work.then(resolve, reject);
    }
    return promise;
  }

  #messaging(messaging: Topics): Topics {
    return {
      push: (topic, message, options = {}) => this.#within(options, (signal) => messaging.push(topic, message, { signal })),
      pull: (topic, options = {}) => this.#within(options, (signal) => messaging.pull(topic, { signal })),
      broadcast: (topic, message) => this.#within({}, () => messaging.broadcast(topic, message)),
      subscribe: (topic, options = {}) => {
        const both = joined(options.signal, this.#phase.signal);
        return endingWithProgram(messaging.subscribe(topic, { ...options, signal: both.signal }), both.leave);
      },
    };
  }

  #mcp(mcp: Mcp): Mcp {
    const open = async (...[name, options]: Parameters<Mcp["connect"]>): Promise<McpConnection> => {
      const connection = await mcp.connect(name, options);
      this.#connections.add(connection);
      const close = async (): Promise<void> => {
        this.#connections.delete(connection);
        await connection.close();
      };
      if (options?.signal?.aborted) await close();
      const ask: Ask = (method, args, bounds = {}) => {
        const { onProgress } = bounds;
        const run = currentRun();
        return this.#within(bounds, (signal) => askConnection(connection, method, args, { ...bounds, signal, ...(onProgress && { onProgress: (progress) => inRun(run, () => onProgress(progress)) }) }));
      };
      return connectionBy(connection, ask, close);
    };
    return { availableServers: () => mcp.availableServers(), connect: (name, options = {}) => this.#within(options, (signal) => open(name, { ...options, signal })) };
  }
}

/** A subscription that ends with a program which comes to its end, where it fails with one that is aborted; `leave` is called when it is over. */
function endingWithProgram<Message>(subscription: Subscription<Message>, leave: () => void): Subscription<Message> {
  return {
    [Symbol.asyncDispose]() {
      leave();
      return subscription[Symbol.asyncDispose]();
    },
    [Symbol.asyncIterator]() {
      const messages = subscription[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const result = await messages.next();
            if (result.done) leave();
            return result;
          } catch (error) {
            leave();
            if (error instanceof ProgramOver) return { done: true, value: undefined };
            throw error;
          }
        },
        async return() {
          leave();
          await messages.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** A signal that fires with either, until it is left; `AbortSignal.any` keeps what it made for as long as a signal lives in Node 22. */
function joined(one: AbortSignal | undefined, other: AbortSignal): { readonly signal: AbortSignal; readonly leave: () => void } {
  if (!one) return { signal: other, leave: () => {} };
  const both = new AbortController();
  const leave = (): void => {
    for (const signal of [one, other]) signal.removeEventListener("abort", onAbort);
  };
  const onAbort = (): void => {
    leave();
    both.abort((one.aborted ? one : other).reason);
  };
  for (const signal of [one, other]) signal.addEventListener("abort", onAbort, { once: true });
  if (one.aborted || other.aborted) onAbort();
  return { signal: both.signal, leave };
}
