import type { Usage } from "./part.js";

const counts = ["inputTokens", "outputTokens", "cachedInputTokens", "cacheWriteInputTokens", "reasoningTokens", "seconds", "images"] as const;

/** What two calls used together; it is estimated where either is. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sums = counts.flatMap((name) => (one[name] === undefined && other[name] === undefined ? [] : [[name, (one[name] ?? 0) + (other[name] ?? 0)] as const]));
  return { inputTokens: 0, outputTokens: 0, ...Object.fromEntries(sums), ...((one.estimated || other.estimated) && { estimated: true }) };
}
