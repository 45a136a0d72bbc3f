/** What runs programs, as they see it. */
import { callValue, type AnyStage, type Bidi, type CallValue, type Stream } from "@iftk/core";
import type { Messaging } from "../messaging/messaging.js";

/** What a spawned program may use up; it is ended when it uses more. */
export interface SpawnLimits {
  /** Milliseconds from its start on; beyond them it fails with `deadline_exceeded`, reason `time`. */
  readonly time?: number;
  /** Bytes of its heap, 16 MiB or more, in a thread of its own; beyond them it fails with `resource_exhausted`, reason `memory`. Typed arrays lie outside the heap. */
  readonly memory?: number;
  /** Tokens that models generate for it and for what it spawns; beyond them it fails with `resource_exhausted`, reason `tokens`. */
  readonly tokens?: number;
}

/** How a program is spawned as a stage. */
export interface SpawnStageOptions {
  readonly limits?: SpawnLimits;
}

/** How a program is spawned for its value. */
export interface SpawnOptions extends SpawnStageOptions {
  /** Ends the program when it fires. */
  readonly signal?: AbortSignal;
  /** What the program receives; nothing when left out. */
  readonly input?: Stream<unknown>;
  /** Is given what the program sends, which is dropped without it; a promise that it gives holds the program up. */
  readonly onSend?: (message: unknown) => unknown;
}

/** Runs programs by name and version, and gives them models and messaging. */
export interface Runtime {
  /** Version of the runtime itself. */
  readonly version: string;
  /** Names this runtime among all others; programs that it spawns see the same. */
  readonly instanceId: string;
  /** On whose behalf programs run. */
  readonly user: string | undefined;
  /** Names of the models there are. */
  models(): readonly string[];
  /**
   * The stage of a model; in a thread it is called over a port.
   *
   * @throws StageError `not_found` that names those there are.
   */
  model<S extends AnyStage>(name: string): S;
  /**
   * Queues and broadcasts that programs share.
   *
   * @throws StageError `failed_precondition` where the runtime was made without.
   */
  readonly messaging: Messaging;
  /**
   * Runs a program to its end and gives its value: `spawn("summary@^1.2", { words: 50 })`. Without a version it is the latest.
   *
   * @throws what the program throws, without its cause where it ran in a thread; StageError `not_found` for a name or version that is not registered, `invalid_argument` for
   * limits and arguments that cannot be, `unavailable` when its thread dies, `resource_exhausted` when too many run; see the limits.
   */
  spawn<Value = unknown>(name: string, args?: unknown, options?: SpawnOptions): Promise<Value>;
  /** The program as a stage; each run of it is spawned by itself. Fails as `spawn` does. */
  spawnStage<In = unknown, Out = unknown>(name: string, args?: unknown, options?: SpawnStageOptions): Bidi<In, Out>;
}

/** By which a runtime rides along with the calls of the programs that it spawns. */
export const runtimeValue: CallValue<Runtime> = callValue<Runtime>();
