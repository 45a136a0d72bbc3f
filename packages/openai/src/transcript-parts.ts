/** The replies of the API of transcriptions as parts. */
import type { TranscriptPart, TranscriptSegment, Usage } from "@iftk/inference";
import type { SseEvent } from "@iftk/wire";
import type { Connection } from "./client.js";
import { errorWithin, malformed, truncated } from "./failure.js";
import { logprobsOf } from "./logprobs.js";
import type { PieceReader } from "./read-reply.js";
import { isRecord, numberIn, recordsOf, textIn, type JsonRecord } from "./record.js";
import { isTerminal, replyEvent } from "./reply-event.js";
import { usageOf } from "./usage.js";

const done = "transcript.text.done";

/** Reads one transcript. */
export class TranscriptReader implements PieceReader<TranscriptPart> {
  readonly isLast = isTerminal(done);
  readonly #connection: Connection;
  #hasDeltas = false;
  #isOver = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  take(event: SseEvent): readonly TranscriptPart[] {
    const { type = "", data = {} } = replyEvent(this.#connection, event) ?? {};
    switch (type) {
      case "transcript.text.delta":
        this.#hasDeltas = true;
        return this.#say(textIn(data, "delta") ?? "", data["logprobs"]);
      case "transcript.text.segment":
        return [segmentOf(data)];
      case done:
        return this.#finish(data);
      default:
        return [];
    }
  }

  takeWhole(value: unknown): readonly TranscriptPart[] {
    const reply = isRecord(value) ? value : {};
    const error = errorWithin(this.#connection, reply);
    if (error) throw error;
    if (textIn(reply, "text") === undefined) throw malformed(this.#connection, "it has no text");
    const segments = recordsOf(reply["segments"]).map(segmentOf);
    const words = recordsOf(reply["words"]).map((word) => ({ type: "word" as const, text: textIn(word, "word") ?? "", ...timesOf(word) }));
    const end = this.#finish(reply);
    return [...end.slice(0, -1), ...segments, ...words, ...end.slice(-1)];
  }

  end(): readonly TranscriptPart[] {
    if (!this.#isOver) throw truncated(this.#connection);
    return [];
  }

  #say(text: string, logprobs: unknown): readonly TranscriptPart[] {
    const tokens = logprobs ? logprobsOf(logprobs) : undefined;
    if (text === "" && !tokens) return [];
    return [tokens ? { type: "text-delta", text, logprobs: tokens } : { type: "text-delta", text }];
  }

  /** What no delta has told is told now, and then the end. */
  #finish(reply: JsonRecord): readonly TranscriptPart[] {
    this.#isOver = true;
    const text = this.#hasDeltas ? [] : this.#say(textIn(reply, "text") ?? "", reply["logprobs"]);
    return [...text, { type: "finish", reason: { unified: "stop", raw: "" }, usage: transcriptUsage(reply) }];
  }
}

const timesOf = (value: JsonRecord): { readonly start: number; readonly end: number } => ({ start: numberIn(value, "start") ?? 0, end: numberIn(value, "end") ?? numberIn(value, "start") ?? 0 });

function segmentOf(value: JsonRecord): TranscriptSegment {
  const speaker = textIn(value, "speaker");
  return { type: "segment", text: textIn(value, "text") ?? "", ...timesOf(value), ...(speaker !== undefined && { speaker }) };
}

/** Tokens or seconds, whichever the model is billed by. */
function transcriptUsage(reply: JsonRecord): Usage {
  const told = isRecord(reply["usage"]) ? reply["usage"] : {};
  // Older versions of the API write a duration as a text.
  const seconds = Number(told["seconds"] ?? reply["duration"]);
  const tokens = usageOf(told);
  if (Number.isFinite(seconds)) return { ...(tokens ?? { inputTokens: 0, outputTokens: 0 }), seconds };
  return tokens ?? { inputTokens: 0, outputTokens: 0, estimated: true };
}
