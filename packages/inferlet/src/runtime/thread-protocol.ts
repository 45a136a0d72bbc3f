/** What the thread of a program and its runtime say to each other. */
import type { Mode } from "@iftk/core";
import type { SpawnLimits } from "../session/runtime.js";

/** What a thread is started with. */
export interface ThreadData {
  /** Where `serveSpawned` is. */
  readonly entry: string;
  readonly name: string;
  readonly module: string;
  readonly exportName: string;
  readonly args: unknown;
  readonly runtime: RuntimeFacts;
}

/** What a program may ask its runtime without waiting. */
export interface RuntimeFacts {
  readonly version: string;
  readonly instanceId: string;
  readonly user: string | undefined;
  /** Those without a mode are used token by token. */
  readonly models: readonly { readonly name: string; readonly mode: Mode | undefined }[];
  readonly hasMessaging: boolean;
  readonly mcpServers: readonly string[];
}

/** The first message to the stage by which a program spawns another; the rest is that one's input. */
export interface SpawnRequest {
  readonly name: string;
  readonly args: unknown;
  readonly limits: SpawnLimits;
}

/** The names under which stages are served: the program, and one that answers when it is over, there; the others here. */
export const served = { program: "program", over: "over", spawn: "spawn", model: (name: string) => `model ${name}`, messaging: (name: string) => `messaging ${name}`, mcp: (name: string) => `mcp ${name}` } as const;
