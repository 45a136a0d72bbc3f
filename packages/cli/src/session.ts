/** What the commands of one invocation share. */
import type { Registry } from "@iftk/graph";
import { exitCodes } from "./exit-code.js";
import type { Host, HostOutput } from "./host.js";
import type { Models } from "./models.js";
import { painter, type Paint } from "./paint.js";
import { createWriter, isBrokenPipe, type Writer } from "./writer.js";

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** The parts of an invocation. What is slow to load is loaded when it is first asked for. */
export class Session implements AsyncDisposable {
  readonly host: Host;
  /** Colours on stdout, and on stderr. */
  readonly paint: { readonly out: Paint; readonly error: Paint };
  /** Fires when the host stops the command, and when whoever reads the output has left. */
  readonly signal: AbortSignal;
  #out: Writer;
  #stdout: HostOutput;
  readonly #error: Writer;
  readonly #broken = new AbortController();
  readonly #stopped = new AbortController();
  #models: Promise<Models> | undefined;

  constructor(host: Host) {
    this.host = host;
    this.paint = { out: painter(host.stdout, host.env), error: painter(host.stderr, host.env) };
    this.signal = AbortSignal.any([host.signal, this.#broken.signal, this.#stopped.signal]);
    this.#stdout = host.stdout;
    this.#out = createWriter(host.stdout, (error) => this.#broken.abort(error));
    this.#error = createWriter(host.stderr, () => {}); // nobody hears of it
  }

  /** Where output goes. */
  get stdout(): HostOutput {
    return this.#stdout;
  }

  /** Has output go elsewhere, such as above the table of a watched run. */
  redirect(output: HostOutput): void {
    this.#out.close();
    this.#stdout = output;
    this.#out = createWriter(output, (error) => this.#broken.abort(error));
  }

  /** Writes the output. */
  write(chunk: string | Uint8Array): Promise<void> {
    return this.#out.write(chunk);
  }

  /** Resolves when the output is out: a disk that is full or a reader that has left is told of only then. */
  flush(): Promise<void> {
    return this.#out.flush();
  }

  /** Writes to stderr what is for people; a terminal that is gone is no reason to fail. */
  tell(text: string): Promise<void> {
    return this.#error.write(text).catch(() => {});
  }

  /** Stops the command as the host's signal does. */
  stop(): void {
    this.#stopped.abort();
  }

  models(): Promise<Models> {
    this.#models ??= import("./models.js").then(({ createModels }) => createModels(this.host.env));
    return this.#models;
  }

  async registry(): Promise<Registry> {
    const [{ createElements }, models] = await Promise.all([import("./create-elements.js"), this.models()]);
    return createElements({ stdin: this.host.stdin, stdout: this.#stdout }, models);
  }

  /** The code for an end that came from outside; undefined when the command itself is at fault, or done. */
  get stopCode(): number | undefined {
    if (this.#broken.signal.aborted) return isBrokenPipe(this.#broken.signal.reason) ? exitCodes.brokenPipe : exitCodes.failed;
    return this.host.signal.aborted || this.#stopped.signal.aborted ? exitCodes.stopped : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#models)?.[Symbol.asyncDispose]();
    this.#out.close();
    this.#error.close();
  }
}
