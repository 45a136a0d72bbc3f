/** The thread's end of a program that is spawned. */
import { parentPort, workerData } from "node:worker_threads";
import { bidi, concat, from, StageError, unary, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";
import { serveStages, workerStage } from "@iftk/core/worker";
import type { Backend } from "../backend.js";
import { mcpOver, type McpStages } from "../mcp/mcp-stages.js";
import { messagingOver, type MessagingStages } from "../messaging/messaging-stages.js";
import type { Topics } from "../messaging/messaging.js";
import { asOfNow } from "../session/current-session.js";
import { isInferlet, type Inferlet, type Outcome } from "../session/inferlet.js";
import { runtimeValue, type Runtime } from "../session/runtime.js";
import { nameOfBackend } from "./program-backends.js";
import { noMessaging, noModel, noStage } from "./refusals.js";
import { spawning } from "./spawning.js";
import { threadBackend } from "./thread-backend.js";
import { served, type SpawnRequest, type ThreadData } from "./thread-protocol.js";

type Port = NonNullable<typeof parentPort>;

/**
 * Serves the program that this thread was started for; a runtime has its threads call it.
 *
 * @throws StageError `failed_precondition` where no runtime started the thread.
 */
export function serveSpawned(): void {
  const port = parentPort;
  const data = workerData as ThreadData | null;
  if (!port || !data?.runtime) throw new StageError("failed_precondition", "runtime: serveSpawned is for threads that a runtime starts");
  const runtime = runtimeOver(port, data);
  let running: Promise<void> | undefined;
  const program = bidi(async function* program(input: Stream<unknown>, call: Call) {
    let end = (): void => {};
    running = new Promise((resolve) => (end = resolve));
    try {
      const loaded = await load(data);
      yield* loaded.outcomes(input as Stream<never>, { ...call, values: runtimeValue.in(runtime, call) });
    } finally {
      end();
    }
  });
  const over = unary(async (_: undefined) => running);
  serveStages(port, { [served.program]: program, [served.over]: over });
}

async function load({ name, module, exportName, args }: ThreadData): Promise<Inferlet> {
  let exports: object;
  try {
    exports = (await import(module)) as object;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StageError("failed_precondition", `runtime: the module of ${name} cannot be loaded: ${message}`, { reason: "module", cause });
  }
  const found = Object.hasOwn(exports, exportName) ? (exports as Record<string, unknown>)[exportName] : undefined;
  const program: unknown = typeof found === "function" && !isInferlet(found) ? (found as (args: unknown) => unknown)(args) : found;
  if (isInferlet(program)) return program;
  throw new StageError("failed_precondition", `runtime: the module of ${name} exports no program as ${exportName}; export an inferlet, or a function that gives one`, { reason: "module" });
}

/** The runtime of another thread, as a program here sees it. */
function runtimeOver(port: Port, { runtime: { version, instanceId, user, models, hasMessaging, mcpServers } }: ThreadData): Runtime {
  const spawn = workerStage<Bidi<unknown, Outcome>>(port, served.spawn, "bidi");
  const backends = new Map<string, Promise<Backend>>();
  const messaging = hasMessaging ? messagingOver(messagingStagesOver(port)) : undefined;
  return {
    version,
    instanceId,
    user,
    models: () => models.map(({ name }) => name),
    model<S extends AnyStage>(name: string): S {
      const model = models.find((one) => one.name === name);
      if (!model) throw noModel(name, models.map((one) => one.name));
      if (!model.mode) throw noStage(name);
      return workerStage<AnyStage>(port, served.model(name), model.mode) as unknown as S;
    },
    async backend(name?: string): Promise<Backend> {
      const found = nameOfBackend(models.map((model) => ({ name: model.name, isBackend: !model.mode })), name);
      const backend = backends.get(found) ?? threadBackend(port, found);
      backends.set(found, backend);
      return backend;
    },
    get messaging(): Topics {
      return messaging ?? noMessaging();
    },
    mcp: mcpOver(mcpStagesOver(port), mcpServers),
    ...spawning((name, args, limits) => {
      const request: SpawnRequest = { name, args, limits };
      return bidi((input: Stream<unknown>, call: Call) => spawn(concat(from<unknown>([request]), asOfNow(input)), call)); // the port reads it
    }),
  };
}

function messagingStagesOver(port: Port): MessagingStages<unknown> {
  const stage = <Name extends keyof MessagingStages<unknown>>(name: Name, mode: MessagingStages<unknown>[Name]["mode"]) => workerStage<MessagingStages<unknown>[Name]>(port, served.messaging(name), mode);
  return { push: stage("push", "unary"), pull: stage("pull", "unary"), broadcast: stage("broadcast", "unary"), subscribe: stage("subscribe", "output-stream") };
}

function mcpStagesOver(port: Port): McpStages {
  return { connect: workerStage<McpStages["connect"]>(port, served.mcp("connect"), "output-stream"), request: workerStage<McpStages["request"]>(port, served.mcp("request"), "output-stream") };
}
