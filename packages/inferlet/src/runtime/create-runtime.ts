/** Runs programs by name and version. */
import { randomUUID } from "node:crypto";
import { bidi, StageError, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";
import type { Backend } from "../backend.js";
import { mcpStages } from "../mcp/mcp-stages.js";
import { messagingStages } from "../messaging/messaging-stages.js";
import type { Messaging, Topics } from "../messaging/messaging.js";
import { isInferlet, type Inferlet, type Outcome } from "../session/inferlet.js";
import type { Mcp } from "../session/mcp.js";
import { noMcp } from "../session/mcp-error.js";
import { runtimeValue, type Runtime, type SpawnLimits } from "../session/runtime.js";
import { isBackend, type Meter, type OfferedModel, type OfferedStage } from "./meter.js";
import { backendNamed, ProgramBackends } from "./program-backends.js";
import { noMessaging, noModel, noStage } from "./refusals.js";
import { Registry, type LocalProgram, type ModuleProgram, type RegisteredProgram } from "./registry.js";
import { checkLimits, checkNumber, longestTimer, spawned, type Start, type Started } from "./spawned.js";
import { spawning } from "./spawning.js";
import { startThread, type ThreadOptions } from "./thread.js";
import { served, type SpawnRequest } from "./thread-protocol.js";

/** The version of the runtime, which is that of this package. */
export const runtimeVersion = "0.1.0";

/** What a runtime runs and what it gives to programs. */
export interface RuntimeOptions {
  /** The programs that may be spawned. */
  readonly registry: Iterable<RegisteredProgram>;
  /** The models that programs may use, by name; those in threads use them here. Whoever opened a backend closes it, after the runtime. */
  readonly models?: Readonly<Record<string, OfferedModel>>;
  readonly messaging?: Messaging;
  /** The MCP servers that programs may connect to, such as those of `mcpServers`. */
  readonly mcp?: Mcp;
  /** On whose behalf programs run. */
  readonly user?: string;
  /** Bounds of each program; those that a spawn names are put in their place. */
  readonly limits?: SpawnLimits;
  /** Programs that may run at once, those that programs spawn among them; 64 by default. */
  readonly maxSpawned?: number;
  readonly threads?: ThreadOptions;
}

/** A runtime that ends what it runs when it is disposed of. */
export interface HostRuntime extends Runtime, AsyncDisposable {
  /** Programs that run now. */
  readonly running: number;
  /** Spawns no more, ends what runs and resolves when that is through. */
  close(): Promise<void>;
}

/**
 * Gives a runtime over a registry. Threads and limits keep a program from using up the process; they are no sandbox for code that is hostile.
 *
 * @throws StageError `invalid_argument` for a registry with bad or doubled entries and for limits that make no sense.
 */
export function createRuntime(options: RuntimeOptions): HostRuntime {
  return new LocalRuntime(options).host;
}

class LocalRuntime {
  readonly host: HostRuntime;
  readonly #options: RuntimeOptions;
  readonly #registry: Registry;
  readonly #models: ReadonlyMap<string, OfferedModel>;
  readonly #instanceId = randomUUID();
  readonly #maxSpawned: number;
  readonly #stop = new AbortController();
  #running = 0;
  /** Threads of programs that are over. */
  readonly #freeing = new Set<Promise<unknown>>();
  #onIdle: (() => void) | undefined;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#registry = new Registry(options.registry);
    this.#models = new Map(Object.entries(options.models ?? {}));
    this.#maxSpawned = options.maxSpawned ?? 64;
    checkLimits(options.limits ?? {});
    checkNumber("maxSpawned", options.maxSpawned, 1);
    checkNumber("grace", options.threads?.grace, 0, longestTimer);
    const running = (): number => this.#running;
    const close = (): Promise<void> => this.#close();
    this.host = Object.defineProperties({} as HostRuntime, {
      ...Object.getOwnPropertyDescriptors(this.#view(undefined)),
      running: { get: running, enumerable: true },
      close: { value: close },
      [Symbol.asyncDispose]: { value: close },
    });
  }

  /** The runtime as one program sees it, whose tokens the meter counts. */
  #view(meter: Meter | undefined, backends?: ProgramBackends): Runtime {
    const models = this.#models;
    const { user, messaging, mcp = noMcp } = this.#options;
    return {
      version: runtimeVersion,
      instanceId: this.#instanceId,
      user,
      models: () => [...models.keys()],
      model<S extends AnyStage>(name: string): S {
        const model = models.get(name);
        if (!model) throw noModel(name, [...models.keys()]);
        if (isBackend(model)) throw noStage(name);
        return stageOf(name, model, meter) as S;
      },
      backend: async (name?: string): Promise<Backend> => backends?.of(name) ?? backendNamed(models, name)[1],
      get messaging(): Topics {
        return messaging ?? noMessaging();
      },
      mcp,
      ...spawning((name, args, limits) => this.#outcomes(name, args, limits, meter)),
    };
  }

  #outcomes(name: string, args: unknown, limits: SpawnLimits, parent: Meter | undefined): Bidi<unknown, Outcome> {
    return bidi((input: Stream<unknown>, call: Call) => {
      const within = { ...this.#options.limits, ...limits };
      checkLimits(within);
      const entry = this.#registry.find(name);
      const start = "module" in entry ? (run: Start) => this.#startThread(entry, args, within, run) : (run: Start) => this.#startHere(entry, args, within, run);
      return spawned({ name: `${entry.name}@${entry.version}`, limits: within, parent, closing: this.#stop.signal, enter: () => this.#enter(), start })(input, call);
    });
  }

  #startHere({ program, name }: LocalProgram, args: unknown, { memory }: SpawnLimits, { input, signal, deadline, meter }: Start): Started {
    if (memory !== undefined) throw new StageError("unimplemented", `runtime: the memory of ${name} cannot be limited, as it runs in the thread of the runtime; register its module`);
    const backends = new ProgramBackends(this.#models, meter);
    const { outcomes } = isInferlet(program) ? (program as Inferlet) : (program as (args: unknown) => Inferlet)(args);
    const close = async (): Promise<object> => {
      backends.close();
      return {};
    };
    return { outcomes: outcomes(input as Stream<never>, { signal, deadline, values: runtimeValue.in(this.#view(meter, backends)) }), failureOf: (error) => error, close };
  }

  #startThread({ module, name, version, export: exportName = "program" }: ModuleProgram, args: unknown, limits: SpawnLimits, run: Start): Started {
    const { user, messaging, mcp = noMcp, threads = {} } = this.#options;
    const models = [...this.#models].map(([model, offered]) => ({ name: model, stage: isBackend(offered) ? undefined : stageOf(model, offered, run.meter) }));
    const stages: [string, AnyStage][] = [
      [served.spawn, this.#spawnFor(run.meter)],
      ...models.flatMap((model): [string, AnyStage][] => (model.stage ? [[served.model(model.name), model.stage]] : [])),
      ...Object.entries(messaging ? messagingStages(messaging) : {}).map(([stage, of]): [string, AnyStage] => [served.messaging(stage), of as AnyStage]),
      ...Object.entries(mcpStages(mcp)).map(([stage, of]): [string, AnyStage] => [served.mcp(stage), of as AnyStage]),
    ];
    const runtime = { version: runtimeVersion, instanceId: this.#instanceId, user, models: models.map((model) => ({ name: model.name, mode: model.stage?.mode })), hasMessaging: messaging !== undefined, mcpServers: mcp.availableServers() };
    const data = { name: `${name}@${version}`, module: String(module), exportName, args, runtime };
    return startThread({ data, limits, options: threads, stages: Object.fromEntries(stages), backends: new ProgramBackends(this.#models, run.meter) }, run);
  }

  /** The stage by which a program in a thread spawns others: its first message says which. */
  #spawnFor(meter: Meter): Bidi<unknown, Outcome> {
    const outcomesOf = (request: SpawnRequest): Bidi<unknown, Outcome> => this.#outcomes(request.name, request.args, request.limits, meter);
    return bidi(async function* spawn(messages: Stream<unknown>, call: Call) {
      const iterator = messages[Symbol.asyncIterator]();
      try {
        const first = await iterator.next();
        if (!first.done) yield* outcomesOf(first.value as SpawnRequest)({ [Symbol.asyncIterator]: () => iterator }, call);
      } finally {
        await iterator.return?.();
      }
    });
  }

  #enter(): (freed?: Promise<unknown>) => void {
    if (this.#stop.signal.aborted) throw new StageError("failed_precondition", "runtime: it is closed", { reason: "closed" });
    if (this.#running >= this.#maxSpawned) throw new StageError("resource_exhausted", `runtime: ${this.#running} programs run already; wait for one to end, or raise maxSpawned`, { reason: "spawned" });
    this.#running++;
    return (freed) => {
      if (freed) this.#freeing.add(freed);
      void freed?.then(() => this.#freeing.delete(freed));
      if (--this.#running === 0) this.#onIdle?.();
    };
  }
  async #close(): Promise<void> {
    this.#stop.abort(new StageError("canceled", "runtime: it is closed", { reason: "closed" }));
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await Promise.all(this.#freeing);
  }
}

function stageOf(name: string, model: OfferedStage, meter: Meter | undefined): AnyStage {
  if (meter) return meter.over(name, model);
  return typeof model === "function" ? model : model.stage;
}
