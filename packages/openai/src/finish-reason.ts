/** Why a choice ended, in the words of OpenAI and of servers that are compatible with it. */
import type { FinishReason } from "@iftk/inference";

const unified: ReadonlyMap<string, FinishReason["unified"]> = new Map<string, FinishReason["unified"]>([
  ["stop", "stop"],
  ["eos", "stop"],
  ["eos_token", "stop"],
  ["stop_sequence", "stop"],
  ["end_turn", "stop"],
  ["completed", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["max_output_tokens", "length"],
  ["model_length", "length"],
  ["content_filter", "content-filter"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["abort", "aborted"],
  ["cancelled", "aborted"],
  ["error", "error"],
]);

/** The reason by the provider's word; a reply that stops and asks for calls ended for the calls, whatever the server says. */
export function finishReasonOf(raw: string | undefined, hasToolCalls: boolean): FinishReason {
  const word = unified.get(raw ?? "") ?? "other";
  return { unified: word === "stop" && hasToolCalls ? "tool-calls" : word, raw: raw ?? "" };
}
