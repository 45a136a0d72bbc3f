/** The process of an engine, as its parent holds it. */
import { spawn, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import process from "node:process";
import { StageError } from "@iftk/core";
import { errorOf, type BackendFacts, type BackendPort } from "@iftk/inferlet/backend-port";
import type { LlamaOptions } from "../llama-options.js";
import type { EngineNews, EngineOrder } from "./process-message.js";

/** How the process of an engine is made. */
export interface EngineProcessOptions {
  /** Flags of Node for the process, such as `--import`; those of this process without its inspector, by default. */
  readonly execArgv?: readonly string[] | undefined;
  /** What it sees in its environment beside the paths of the system's libraries. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The module that exports `serveEngine`: `@iftk/llama/isolation` as it is installed, by default. */
  readonly entry?: URL | string | undefined;
  /** Is told the number of each process that is started. */
  readonly onStart?: ((processId: number) => void) | undefined;
}

/** The first script of the process; what it imports comes as an argument. */
const bootstrap = "const { serveEngine } = await import(process.argv[1]); serveEngine();";

/** Flags that hold for one process only, or for its first script. */
const ownFlags = /^--(inspect|input-type|watch|test|cpu-prof|heap-prof)/;

/** Variables without which a system does not find its libraries. */
const libraryPaths = process.platform === "win32" ? ["PATH", "SystemRoot"] : ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/** Characters kept of what the process wrote to its standard error. */
const longestTail = 4096;

/** Starts an engine in a process of its own, and ends it. */
export class EngineProcess {
  /** Messages wait here until the model is open. */
  readonly port: BackendPort;
  /** Rejects with the reason of its end, when that comes first. */
  readonly opened: Promise<BackendFacts>;
  readonly #child: ChildProcess;
  readonly #listeners: Pick<LlamaOptions, "onProgress" | "onLog">;
  readonly #onMessage = new Set<(message: unknown) => void>();
  readonly #onClose = new Set<(reason: unknown) => void>();
  readonly #holds = new Set<string>();
  readonly #exited: Promise<void>;
  #early: unknown[] | undefined = [];
  #settle!: { readonly resolve: (facts: BackendFacts) => void; readonly reject: (reason: unknown) => void };
  #ended: { readonly reason: unknown } | undefined;
  #tail = "";

  constructor({ signal: _, onProgress, onLog, ...options }: LlamaOptions, { execArgv, env, entry, onStart }: EngineProcessOptions) {
    this.#listeners = { onProgress, onLog };
    const flags = execArgv ?? inheritedFlags(process.execArgv);
    const module = String(entry ?? import.meta.resolve("@iftk/llama/isolation"));
    this.#child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", bootstrap, "--", module], {
      env: { ...inherited(), GGML_NO_BACKTRACE: "1", ...env },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      windowsHide: true,
    });
    this.opened = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.opened.catch(() => {}); // whoever needs it is told
    this.#exited = this.#listen();
    this.port = {
      postMessage: (message) => this.#post(message),
      on: (event, listener) => this.#setOf(event)?.add(listener),
      off: (event, listener) => this.#setOf(event)?.delete(listener),
      ref: () => this.#hold("port"),
      unref: () => this.#letGo("port"),
    };
    this.#hold("opening");
    this.#send({ options, tells: { progress: onProgress !== undefined, log: onLog !== undefined } } satisfies EngineOrder);
    if (this.#child.pid !== undefined) onStart?.(this.#child.pid);
  }

  /** Why it has ended. */
  get ended(): { readonly reason: unknown } | undefined {
    return this.#ended;
  }

  /** Kills the process for this reason; resolves when it is gone. */
  async end(reason: unknown): Promise<void> {
    this.#lose(reason);
    this.#hold("ending");
    this.#child.kill("SIGKILL");
    await this.#exited;
    this.#letGo("ending");
  }

  #listen(): Promise<void> {
    const child = this.#child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#tail = (this.#tail + text).slice(-longestTail)));
    child.on("message", (message) => this.#hear(message));
    return new Promise((resolve) => {
      child.on("error", (cause) => {
        if (child.pid !== undefined) return; // a message that could not be sent, as the process is ending
        this.#lose(new StageError("unavailable", "llama: the engine's process could not be started", { reason: "crashed", cause }));
        resolve();
      });
      child.on("close", (code, signal) => {
        this.#lose(deathOf(code, signal, this.#tail));
        resolve();
      });
    });
  }

  #hear(message: unknown): void {
    const news = message as EngineNews;
    switch (news.news) {
      case "progress":
        try {
          this.#listeners.onProgress?.(news.fraction);
        } catch (error) {
          void this.end(error);
        }
        return;
      case "log":
        return this.#listeners.onLog?.(news.level, news.line);
      case "opened":
        for (const early of this.#early ?? []) this.#send(early);
        this.#early = undefined;
        this.#letGo("opening");
        return this.#settle.resolve(news.facts);
      case "refused":
        return void this.end(errorOf(news.failure));
    }
    for (const listener of this.#onMessage) listener(message);
  }

  #post(message: unknown): void {
    if (this.#early) this.#early.push(message); // bounded by what may wait for an answer
    else this.#send(message);
  }

  #send(message: unknown): void {
    if (!this.#ended) this.#child.send(message as object, () => {}); // of a process that is ending one hears otherwise
  }

  #lose(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = { reason };
    this.#early = [];
    this.#settle.reject(reason);
    this.#letGo("opening");
    for (const listener of this.#onClose) listener(reason);
  }

  #setOf(event: "message" | "messageerror" | "close"): Set<(value: unknown) => void> | undefined {
    return event === "message" ? this.#onMessage : event === "close" ? this.#onClose : undefined;
  }

  /** Keeps this process alive for as long as there is a reason to. */
  #hold(reason: string): void {
    if (this.#holds.add(reason).size === 1) for (const handle of this.#handles()) handle?.ref();
  }

  #letGo(reason: string): void {
    if (this.#holds.delete(reason) && this.#holds.size === 0) for (const handle of this.#handles()) handle?.unref();
  }

  #handles(): readonly ({ ref(): void; unref(): void } | null | undefined)[] {
    return [this.#child, this.#child.channel, this.#child.stderr as Socket | null];
  }
}

/** The flags of this process that are no own ones; what follows a flag without a dash is its value. */
export function inheritedFlags(execArgv: readonly string[]): readonly string[] {
  let isOwn = false;
  return execArgv.filter((flag) => {
    if (flag.startsWith("-")) isOwn = ownFlags.test(flag);
    return !isOwn;
  });
}

function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(libraryPaths.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

function deathOf(code: number | null, signal: NodeJS.Signals | null, tail: string): StageError {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const cause = tail.trim() === "" ? undefined : new Error(tail.trim());
  return new StageError("unavailable", `llama: the engine's process was ended ${how}`, { reason: "crashed", cause });
}
