/** Spoken text as parts, by its bytes or by events. */
import { Buffer } from "node:buffer";
import type { Finish, MediaPart, Usage } from "@iftk/inference";
import { parseJson } from "@iftk/inference/http";
import type { SyncRun } from "@iftk/core";
import type { SseEvent } from "@iftk/wire";
import type { Connection } from "./client.js";
import { errorWithin, malformed, refusal, truncated } from "./failure.js";
import type { PieceReader } from "./read-reply.js";
import { isRecord, textIn } from "./record.js";
import { usageOf } from "./usage.js";

const done = "speech.audio.done";
const doneType = /"type"\s*:\s*"speech\.audio\.done"/u;

/** What is known of a sound before it comes. */
export interface SpeechFacts {
  readonly mediaType: string;
  /** What is said where the server does not tell. */
  readonly usage: Usage;
}

/** Gives the sound as it comes, whose end only the connection tells. Throws StageError `unavailable` for one that is empty. */
export class SpeechBytes implements SyncRun<Uint8Array, MediaPart> {
  protected readonly connection: Connection;
  readonly #facts: SpeechFacts;
  #isStarted = false;

  constructor(connection: Connection, facts: SpeechFacts) {
    this.connection = connection;
    this.#facts = facts;
  }

  take(bytes: Uint8Array): readonly MediaPart[] {
    if (bytes.length === 0) return [];
    const delta: MediaPart = { type: "media-delta", index: 0, bytes };
    if (this.#isStarted) return [delta];
    this.#isStarted = true;
    return [{ type: "media-start", index: 0, mediaType: this.#facts.mediaType }, delta];
  }

  end(usage: Usage = this.#facts.usage): readonly MediaPart[] {
    if (!this.#isStarted) throw malformed(this.connection, "it has no sound");
    const finish: Finish = { type: "finish", reason: { unified: "stop", raw: "" }, usage };
    return [{ type: "media-end", index: 0 }, finish];
  }
}

/** Reads a sound that comes in events, which tell its end and its usage. */
export class SpeechReader implements PieceReader<MediaPart> {
  readonly #connection: Connection;
  readonly #sound: SpeechBytes;
  #isOver = false;

  constructor(connection: Connection, facts: SpeechFacts) {
    this.#connection = connection;
    this.#sound = new SpeechBytes(connection, facts);
  }

  isLast({ type, data }: SseEvent): boolean {
    return type === done || data === "[DONE]" || (type === "message" && doneType.test(data));
  }

  take({ type: name, data }: SseEvent): readonly MediaPart[] {
    if (data === "" || data === "[DONE]") return [];
    const event = parseJson(this.#connection.provider, data);
    if (!isRecord(event)) return [];
    const type = textIn(event, "type") ?? name;
    if (type === "error" || event["error"]) throw refusal(this.#connection, event["error"] ?? event);
    if (type === "speech.audio.delta") return this.#sound.take(Buffer.from(textIn(event, "audio") ?? "", "base64"));
    if (type !== done) return [];
    this.#isOver = true;
    return this.#sound.end(usageOf(event["usage"]));
  }

  takeWhole(value: unknown): never {
    throw (isRecord(value) ? errorWithin(this.#connection, value) : undefined) ?? malformed(this.#connection, "it is no sound");
  }

  end(): readonly MediaPart[] {
    if (!this.#isOver) throw truncated(this.#connection);
    return [];
  }
}
