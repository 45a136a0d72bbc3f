/** What runs programs, as they see it. */
import { callValue, type AnyStage, type Bidi, type CallValue, type Stream } from "@iftk/core";
import type { Backend } from "../backend.js";
import type { Topics } from "../messaging/messaging.js";
import type { Mcp } from "./mcp.js";

/** What a spawned program may use up; it is ended when it uses more. */
export interface SpawnLimits {
  /** Milliseconds from its start on; beyond them it fails with `deadline_exceeded`, reason `time`. */
  readonly time?: number;
  /** Bytes of its heap, 16 MiB or more, in a thread of its own; beyond them it fails with `resource_exhausted`, reason `memory`. Typed arrays lie outside the heap. */
  readonly memory?: number;
  /**
   * Tokens that models generate for it and for what it spawns; beyond them it fails with `resource_exhausted`, reason `tokens`. Of a backend each row
   * of logits or embeddings counts as one, as a token can be picked from it: prompts are free, and drafts that are checked count, taken or not.
   */
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
   * @throws StageError `not_found` that names those there are, `failed_precondition` for one that is used token by token.
   */
  model<S extends AnyStage>(name: string): S;
  /**
   * A model that is used token by token, always the same for a name; without a name the first there is. In a thread its passes go over a port.
   *
   * What a program opened of it is given back when the program is over, or closes it; the model itself stays open.
   *
   * @throws StageError `not_found` that names those there are, `failed_precondition` for one that is only a stage.
   */
  backend(name?: string): Promise<Backend>;
  /**
   * Queues and broadcasts that programs share.
   *
   * @throws StageError `failed_precondition` where the runtime was made without.
   */
  readonly messaging: Topics;
  /** The MCP servers that programs may connect to; none where the runtime was made without. */
  readonly mcp: Mcp;
  /**
   * Runs a program to its end and gives its value: `spawn("summary@^1.2", { words: 50 })`. Without a version it is the latest. What a program spawns ends with it.
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
