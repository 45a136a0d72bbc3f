/** Why a generation ended. */
import type { FinishReason } from "@iftk/inference";

const unified: ReadonlyMap<string, FinishReason["unified"]> = new Map([
  ["stop", "stop"],
  ["eos_token", "stop"],
  ["stop_sequence", "stop"],
  ["length", "length"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["error", "error"],
]);

/** The reason that a provider gives for the end, in its own word and the common one. */
export function reasonOf(raw: string): FinishReason {
  return { unified: unified.get(raw) ?? "other", raw };
}
