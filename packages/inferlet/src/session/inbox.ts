/** What comes to a program: messages and files, each asked for by itself, out of one stream. */
import { StageError, type Stream } from "@iftk/core";
import { isFileMessage } from "./file-message.js";

/** Which of the two is asked for. */
export type Kind = "message" | "file";

interface Asked {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** Those of one kind: what was set aside while the other kind was asked for, and who waits for one. */
interface Lane {
  readonly kept: unknown[];
  readonly asked: Asked[];
}

/** Messages, or files, that may be set aside while the other kind is asked for. */
const mostKept = 16;

const ended: IteratorResult<never, undefined> = { done: true, value: undefined };

/** Reads the input when something is asked for, and no further. */
export class Inbox {
  readonly #input: Stream<unknown>;
  readonly #lanes: Readonly<Record<Kind, Lane>> = { message: { kept: [], asked: [] }, file: { kept: [], asked: [] } };
  #iterator: AsyncIterator<unknown> | undefined;
  #isReading = false;
  #end: { readonly failure?: { readonly error: unknown } } | undefined;

  constructor(input: Stream<unknown>) {
    this.#input = input;
  }

  /** The next of a kind; those who ask are served in order. */
  next(kind: Kind): Promise<IteratorResult<unknown, undefined>> {
    const lane = this.#lanes[kind];
    if (lane.kept.length > 0 && lane.asked.length === 0) return Promise.resolve({ done: false, value: lane.kept.shift() });
    const answer = new Promise<IteratorResult<unknown, undefined>>((resolve, reject) => lane.asked.push({ resolve, reject }));
    if (this.#end) this.#settle();
    else void this.#read();
    return answer;
  }

  /** Reads no more and closes the input; who still waits is told that no more comes, and who asks from now on is rejected with the reason. */
  async close(reason: unknown): Promise<void> {
    const wasOpen = !this.#end;
    this.#end ??= {};
    this.#settle();
    this.#end = { failure: { error: reason } };
    for (const { kept } of Object.values(this.#lanes)) kept.length = 0;
    if (!wasOpen) return;
    await this.#iterator?.return?.();
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (!this.#end && this.#isAsked && this.#hasRoom()) {
        this.#iterator ??= this.#input[Symbol.asyncIterator]();
        const result = await this.#iterator.next();
        if (this.#end as unknown) break;
        if (result.done) this.#end = {};
        else this.#take(result.value);
      }
    } catch (error) {
      this.#end ??= { failure: { error } };
    }
    this.#isReading = false;
    if (this.#end) this.#settle();
  }

  get #isAsked(): boolean {
    return this.#lanes.message.asked.length > 0 || this.#lanes.file.asked.length > 0;
  }

  /** Whether there is room for what is not asked for; who asks while there is none is refused. */
  #hasRoom(): boolean {
    for (const [kind, { kept }] of Object.entries(this.#lanes) as [Kind, Lane][]) {
      if (kept.length < mostKept) continue;
      const error = new StageError("resource_exhausted", `session: ${mostKept} ${kind}s came and were not asked for; receive them first`);
      for (const lane of Object.values(this.#lanes)) for (const { reject } of lane.asked.splice(0)) reject(error);
      return false;
    }
    return true;
  }

  #take(value: unknown): void {
    const lane = this.#lanes[isFileMessage(value) ? "file" : "message"];
    const asked = lane.asked.shift();
    if (asked) asked.resolve({ done: false, value });
    else lane.kept.push(value);
  }

  #settle(): void {
    const failure = this.#end?.failure;
    for (const lane of Object.values(this.#lanes)) {
      for (const { resolve, reject } of lane.asked.splice(0)) {
        if (failure) reject(failure.error);
        else resolve(ended);
      }
    }
  }
}
