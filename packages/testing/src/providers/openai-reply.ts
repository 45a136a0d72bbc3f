/** What a fake OpenAI shall say. */

/** A call that the reply asks for. */
export interface FakeOpenaiToolCall {
  /** Made up without it. */
  readonly id?: string;
  readonly name: string;
  /** JSON text, sent in pieces; it may be no JSON. */
  readonly arguments: string;
}

/** A page that the reply cites, by where in its text. */
export interface FakeOpenaiSource {
  readonly url: string;
  readonly title: string;
  readonly start: number;
  readonly end: number;
}

/** One choice of a reply. */
export interface FakeOpenaiChoice {
  /** In pieces as they are sent, or a text that is cut before each word. */
  readonly text?: string | readonly string[];
  /** What a response calls the message that has the text; nothing by default. Other APIs know no phases. */
  readonly phase?: "commentary" | "final_answer";
  /** What a response says before it, in a message of its own that it calls commentary; other APIs leave it out. */
  readonly commentary?: string | readonly string[];
  /** A summary of reasoning, or what a compatible server calls `reasoning_content`. */
  readonly reasoning?: string | readonly string[];
  readonly refusal?: string | readonly string[];
  readonly toolCalls?: readonly FakeOpenaiToolCall[];
  readonly sources?: readonly FakeOpenaiSource[];
  /** The API's own word; what goes with the content by default. */
  readonly finish?: string;
}

/** A reply of a fake OpenAI, whichever API it is asked by. */
export interface FakeOpenaiReply extends FakeOpenaiChoice {
  /** Choices after the first, where `n` asks for them; the first one again by default. */
  readonly otherChoices?: readonly FakeOpenaiChoice[];
  readonly usage?: FakeOpenaiUsage;
  /** An error that is told after the content, in place of an end. */
  readonly error?: { readonly message: string; readonly type?: string; readonly code?: string };
}

/** Tokens; some are counted by default. */
export interface FakeOpenaiUsage {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** The pieces in which a text is sent. */
export function piecesOf(text: string | readonly string[] | undefined): readonly string[] {
  if (typeof text !== "string") return text ?? [];
  return text.match(/\s*\S+\s*$|\s*\S+/gu) ?? (text === "" ? [] : [text]);
}

/** A text as a whole. */
export const wholeOf = (text: string | readonly string[] | undefined): string => piecesOf(text).join("");

/** Pieces of JSON as a model's tokens cut it. */
export const piecesOfJson = (text: string): readonly string[] => text.match(/\w+|\s+|[^\w\s]{1,2}/gu) ?? [];

/** The id of a call. */
export const callIdOf = ({ id }: FakeOpenaiToolCall, index: number, choice = 0): string => id ?? `call_5dp5Uj0Loqn1YcyIpqSq6s${choice}${index}`;

/** Why a choice ends, in the word of chat completions. */
export const finishOf = ({ finish, toolCalls }: FakeOpenaiChoice): string => finish ?? (toolCalls?.length ? "tool_calls" : "stop");

/** All choices of a reply, as many as are asked for. */
export function choicesOf(reply: FakeOpenaiReply, count: number): readonly FakeOpenaiChoice[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? reply : (reply.otherChoices?.[index - 1] ?? reply)));
}

const letters = "D5jIQAiER0kD23S9RmT4NS9k3bARtgUA4COqRApvmKQ7xIREMAj0lQX4xbGUTt";

/** Random letters that hide the length of a piece: both together are 16 long, as at OpenAI. */
export const obfuscationOf = (piece: string): string => letters.slice(piece.length % 16, 16);

/** The log-probability that goes with a token; each has one of its own. */
export const logprobOf = (token: string): number => -(token.length % 7) / 8 - 0.015625;

/** Words that stand for the alternatives to a token. */
export const alternativesTo = (token: string, count: number): readonly string[] => [token, "The", " a", "\n", " and", "I"].slice(0, count);

export const created = 1_755_007_032;
