/** One run of a stage on behalf of a request, and its writing as frames. */
import type { Batch, ReadyReader } from "@iftk/core";
import { isBatch } from "@iftk/core/authoring";
import { appendValueFrame, encodeFrame, encodeValue, heartbeat, toErrorFields } from "@iftk/wire";
import type { Caller } from "./caller.js";
import { callerLeft } from "./caller-left.js";
import type { Heartbeats } from "./heartbeats.js";
import type { OpenRun } from "./served-stage.js";
import type { TurnEnd } from "./turn-end.js";

/** Where the text of a body goes. */
export interface TextSink {
  /** Takes the text; gives a promise where the writer must wait before it writes more. */
  write(text: string): Promise<void> | undefined;
}

/** The run that an error belongs to. */
export interface RunName {
  /** The id in the response's `iftk-run` header, which only HTTP has. */
  readonly id: string;
  readonly route: string;
}

/** What runs share. */
export interface RunHost {
  readonly heartbeats: Heartbeats;
  /** Timers are set only for runs that last longer than a turn: they cost more than a short run does. */
  readonly turnEnd: TurnEnd;
  /** Hears each error that a stage ends with, its cause and all. */
  readonly onError: (error: unknown, run: RunName) => void;
  /** Called once for each run, when nothing of it is left. */
  readonly onFinish: () => void;
}

/** What a run is of, and for whom. */
export interface RunOptions {
  readonly open: OpenRun;
  readonly input: unknown;
  /** Milliseconds since the epoch. */
  readonly deadline: number | undefined;
  readonly caller: Caller;
  readonly host: RunHost;
  readonly name: RunName;
}

/** Characters that are gathered of one batch before the sink is asked whether it takes more. */
const pieceSize = 2 ** 14;

const longestTimer = 2 ** 31 - 1;

const ignore = (): void => {};

/** A stage that is running for a caller who may leave at any time. */
export class StageRun {
  readonly #caller: Caller;
  readonly #host: RunHost;
  readonly #name: RunName;
  readonly #reader: ReadyReader<unknown>;
  #first: Promise<Batch<unknown>> | undefined;
  #sink: TextSink | undefined;
  #isBlocked = false;
  #hasLeft = false;
  #isFinished = false;

  /** Starts the stage; it is closed when the caller leaves. */
  constructor({ open, input, deadline, caller, host, name }: RunOptions) {
    this.#caller = caller;
    this.#host = host;
    this.#name = name;
    this.#reader = open(input, { deadline });
    this.#hasLeft = caller.hasLeft;
    if (!this.#hasLeft) caller.onLeave(() => this.cancel());
  }

  async #readFirst(): Promise<Batch<unknown>> {
    if (this.#hasLeft) throw callerLeft();
    return this.#reader.read();
  }

  /** Settles when the first values or the end are there, at the latest after `grace` milliseconds; rejects with the error of a stage that fails before, which `fail` is then told. */
  async ready(grace: number): Promise<void> {
    const deadline = Date.now() + grace;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isSettled = false;
    const first = (this.#first = this.#readFirst());
    first.catch(ignore); // told here or by `writeTo`
    try {
      await new Promise<unknown>((resolve, reject) => {
        first.then(resolve, reject);
        if (grace > longestTimer) return;
        this.#host.turnEnd.add(() => {
          if (!isSettled) timer = setTimeout(resolve, Math.max(0, deadline - Date.now()));
        });
      });
      if (this.#hasLeft) throw callerLeft();
    } finally {
      isSettled = true;
      clearTimeout(timer);
    }
  }

  /** Reads the one value of a unary stage, in place of `ready`; `value` or `fail` is then told what came. */
  readValue(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    if (this.#hasLeft) throw callerLeft();
    return this.#reader.read();
  }

  /** Ends the run with the value that was read, and gives it as JSON; undefined where there is none. Throws what `fail` is then told. */
  value(batch: Batch<unknown>): string | undefined {
    if (this.#hasLeft) throw callerLeft();
    const json = batch ? encodeValue(batch[0]) : undefined;
    this.#finish();
    return json;
  }

  /** Writes all frames, those of a batch as one text, until the end, an error or `cancel`. It never rejects. */
  async writeTo(sink: TextSink): Promise<void> {
    this.#sink = sink;
    this.#host.turnEnd.add(() => {
      if (!this.#isFinished) this.#host.heartbeats.add(this);
    });
    const first = this.#first;
    this.#first = undefined; // it holds its values
    let text = "";
    let id = 0;
    try {
      for (let batch = await first; batch && !this.#hasLeft; ) {
        for (const value of batch) {
          text = appendValueFrame(text, id + 1, value);
          id++;
          if (text.length < pieceSize) continue;
          const wait = this.#write(text);
          text = "";
          if (wait) await wait;
          if (this.#hasLeft) return;
        }
        if (text !== "") {
          const wait = this.#write(text);
          text = "";
          if (wait) await wait;
          if (this.#hasLeft) return;
        }
        const next = this.#reader.read();
        batch = isBatch(next) ? next : await next;
      }
      if (!this.#hasLeft) void this.#write(encodeFrame({ kind: "end", id: id + 1 }));
    } catch (error) {
      if (this.#hasLeft) return;
      await this.#leave();
      this.fail(error);
      void this.#write(text + encodeFrame({ kind: "error", id: id + 1, error: toErrorFields(error) }));
    } finally {
      this.#finish();
    }
  }

  /** Sends a sign of life, unless the connection takes nothing. */
  beat(): void {
    if (!this.#isBlocked) void this.#write(heartbeat);
  }

  #write(text: string): Promise<void> | undefined {
    const wait = this.#sink?.write(text);
    if (!wait) return undefined;
    this.#isBlocked = true;
    return wait.then(() => {
      this.#isBlocked = false;
    });
  }

  /** Ends the run for a caller who left: the stage's signal fires before this returns. */
  cancel(): void {
    if (this.#isFinished || this.#hasLeft) return;
    this.#hasLeft = true;
    void this.#leave().then(() => this.#finish());
  }

  /** Closes the stage and waits for its cleanup. */
  async #leave(): Promise<void> {
    try {
      await this.#reader.close?.();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Ends the run with an error. */
  fail(error: unknown): void {
    if (!this.#hasLeft) this.#report(error);
    this.#finish();
  }

  #report(error: unknown): void {
    try {
      this.#host.onError(error, this.#name);
    } catch {
      // A log that fails must not take the run's answer with it.
    }
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#host.heartbeats.delete(this);
    this.#caller.onLeave(undefined);
    this.#host.onFinish();
  }
}
