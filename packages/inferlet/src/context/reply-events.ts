/** What a context generates, read as events. */
import { Decoder } from "../decoder/decoder.js";
import type { Event } from "../decoder/event.js";
import type { Model } from "../model/model.js";
import { StopScanner } from "../stop-strings.js";
import type { Conversation } from "./conversation.js";
import type { EventOptions } from "./generation-options.js";
import type { TokenStream } from "./token-stream.js";

/**
 * The events of a reply; `done` is the last, with the reason why the generation ended, and comes only when nothing failed.
 *
 * Stop texts are looked for in what is said, not in thinking or calls.
 */
export async function* replyEvents(model: Model, tokens: TokenStream, options: EventOptions, conversation: () => Conversation): AsyncGenerator<Event, void, undefined> {
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
    decoder ??= decoderOf(model, options, conversation());
    const events = decoder.write(one);
    if (events.length > 0) yield* upToStop(events);
    if (scanner.found !== undefined) break;
  }
  if (decoder !== undefined) yield* upToStop(decoder.end());
  const held = scanner.end();
  if (held !== "") yield { type: "text", text: held };
  yield { type: "done", text: said + held, reason: scanner.found === undefined ? (tokens.end?.type ?? "stop") : "stop-text" };
}

function decoderOf(model: Model, { format, reasoning = true, toolUse }: EventOptions, { tools, cue, isReplyOpen }: Conversation): Decoder {
  const isToolUsed = toolUse ?? tools.length > 0;
  return new Decoder({
    format: format ?? model.chatTemplate.formatFor(tools),
    reasoning,
    tools: isToolUsed && tools.length > 0 ? tools : isToolUsed,
    tokens: model.backend,
    ...(isReplyOpen && { prompt: cue }),
  });
}
