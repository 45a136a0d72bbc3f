/** What a reply took. */
import { contentOf, type ChatRequest, type Usage } from "@iftk/inference";
import { isRecord, numberIn, recordIn } from "./record.js";

/** The usage in the fields of chat completions or of responses; undefined where there is none. */
export function usageOf(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const inputTokens = numberIn(value, "input_tokens") ?? numberIn(value, "prompt_tokens");
  const outputTokens = numberIn(value, "output_tokens") ?? numberIn(value, "completion_tokens");
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = { ...recordIn(value, "prompt_tokens_details"), ...recordIn(value, "input_tokens_details") };
  const output = { ...recordIn(value, "completion_tokens_details"), ...recordIn(value, "output_tokens_details") };
  const cachedInputTokens = numberIn(input, "cached_tokens") ?? numberIn(value, "prompt_cache_hit_tokens");
  const cacheWriteInputTokens = numberIn(input, "cache_write_tokens");
  const reasoningTokens = numberIn(output, "reasoning_tokens");
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    ...(cachedInputTokens !== undefined && { cachedInputTokens }),
    ...(cacheWriteInputTokens !== undefined && { cacheWriteInputTokens }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  };
}

const charactersPerToken = 4;

/** A guess for a server that does not say: four characters are a token. */
export const estimatedTokens = (characters: number): number => Math.ceil(characters / charactersPerToken);

/** The usage by the same guess. */
export function estimatedUsage({ messages }: ChatRequest, outputCharacters: number): Usage {
  let characters = 0;
  for (const message of messages) for (const content of contentOf(message)) if ("text" in content) characters += content.text.length;
  return { inputTokens: estimatedTokens(characters), outputTokens: estimatedTokens(outputCharacters), estimated: true };
}
