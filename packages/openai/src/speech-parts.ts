/** Spoken text as parts, by its bytes or by events. */
import type { SyncRun } from "@iftk/core";
import type { Finish, MediaPart, Usage } from "@iftk/inference";
import type { SseEvent } from "@iftk/wire";
import { bytesOfBase64 } from "./base64.js";
import type { Connection } from "./client.js";
import { errorWithin, malformed, truncated } from "./failure.js";
import type { PieceReader } from "./read-reply.js";
import { isRecord, textIn } from "./record.js";
import { isTerminal, replyEvent } from "./reply-event.js";
import { usageOf } from "./usage.js";

const done = "speech.audio.done";

/** What is known of a sound before it comes. */
export interface SpeechFacts {
  readonly mediaType: string;
  /** What is said where the server does not tell. */
  readonly usage: Usage;
}

/** Gives the sound as it comes, whose end only the connection tells. Throws StageError `unavailable` for one that is empty. */
export class SpeechBytes implements SyncRun<Uint8Array, MediaPart> {
  readonly #connection: Connection;
  readonly #facts: SpeechFacts;
  #isStarted = false;

  constructor(connection: Connection, facts: SpeechFacts) {
    this.#connection = connection;
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
    if (!this.#isStarted) throw malformed(this.#connection, "it has no sound");
    const finish: Finish = { type: "finish", reason: { unified: "stop", raw: "" }, usage };
    return [{ type: "media-end", index: 0 }, finish];
  }
}

/** Reads a sound that comes in events, which tell its end and its usage. */
export class SpeechReader implements PieceReader<MediaPart> {
  readonly isLast = isTerminal(done);
  readonly #connection: Connection;
  readonly #sound: SpeechBytes;
  #isOver = false;

  constructor(connection: Connection, facts: SpeechFacts) {
    this.#connection = connection;
    this.#sound = new SpeechBytes(connection, facts);
  }

  take(event: SseEvent): readonly MediaPart[] {
    const { type, data = {} } = replyEvent(this.#connection, event) ?? {};
    if (type === "speech.audio.delta") return this.#delta(textIn(data, "audio") ?? "");
    if (type !== done) return [];
    this.#isOver = true;
    return this.#sound.end(usageOf(data["usage"]));
  }

  #delta(audio: string): readonly MediaPart[] {
    if (audio === "") return [];
    const bytes = bytesOfBase64(audio);
    if (!bytes) throw malformed(this.#connection, "a piece of the sound is no base64");
    return this.#sound.take(bytes);
  }

  takeWhole(value: unknown): never {
    throw (isRecord(value) ? errorWithin(this.#connection, value) : undefined) ?? malformed(this.#connection, "it is no sound");
  }

  end(): readonly MediaPart[] {
    if (!this.#isOver) throw truncated(this.#connection);
    return [];
  }
}
