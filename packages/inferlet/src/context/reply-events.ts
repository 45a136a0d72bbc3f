/** What a context generates, read as events. */
import { Decoder } from "../decoder/decoder.js";
import type { Event } from "../decoder/event.js";
import type { Model } from "../model/model.js";
import { StopScanner } from "../stop-strings.js";
import type { ContextTokens } from "./context-tokens.js";
import type { Conversation } from "./conversation.js";
import type { EventOptions } from "./generation-options.js";
import type { TokenStream } from "./token-stream.js";

/** The context that a reply is of. */
export interface Replier {
  readonly model: Model;
  readonly held: ContextTokens;
  readonly conversation: Conversation;
}

/** A prompt opens thinking, or a message, with its last tokens. */
const promptTokens = 64;

/**
 * The events of a reply; `done` is the last, with the reason why the generation ended, and comes only when nothing failed.
 *
 * Stop texts are looked for in what is said, not in thinking or calls.
 */
export async function* replyEvents(replier: Replier, tokens: TokenStream, options: EventOptions): AsyncGenerator<Event, void, undefined> {
  const scanner = new StopScanner(options.stop ?? []);
  let decoder: Decoder | undefined;
  const one: [number] = [0];
  let said = "";

  /** The events up to a stop text, with what may be the beginning of one held back. */
  function* upToStop(events: readonly Event[]): Generator<Event> {
    for (const event of events) {
      if (scanner.found !== undefined || event.type === "done") return;
      const text = event.type === "text" ? scanner.write(event.text) : scanner.end();
      said += text;
      if (text !== "") yield { type: "text", text };
      if (event.type !== "text") yield event;
    }
  }

  for await (const token of tokens) {
    one[0] = token;
    decoder ??= decoderOf(replier, options);
    const events = decoder.write(one);
    if (events.length > 0) yield* upToStop(events);
    if (scanner.found !== undefined) break;
  }
  if (decoder !== undefined) yield* upToStop(decoder.end());
  const held = scanner.end();
  if (held !== "") yield { type: "text", text: held };
  yield { type: "done", text: said + held, reason: scanner.found === undefined ? (tokens.end?.type ?? "stop") : "stop-text" };
}

/** The decoder of a reply whose first new token is held: it has read what the reply held before. */
function decoderOf({ model, held, conversation: { tools, cue, replyStart } }: Replier, { format, reasoning = true, toolUse }: EventOptions): Decoder {
  const isToolUsed = toolUse ?? tools.length > 0;
  const before = held.all.slice(replyStart ?? -promptTokens - 1, -1);
  const decoder = new Decoder({
    format: format ?? model.chatTemplate.formatFor(tools),
    reasoning,
    tools: isToolUsed && tools.length > 0 ? tools : isToolUsed,
    tokens: model.backend,
    prompt: replyStart === undefined ? model.tokenizer.decode(before, { special: true }) : cue,
  });
  if (replyStart !== undefined) decoder.write(before);
  return decoder;
}
