/** Log-probabilities as the three APIs tell them. */
import type { TokenLogprob } from "@iftk/inference";
import { isRecord, numberIn, recordsOf, textIn, type JsonRecord } from "./record.js";

/** The tokens of a list; undefined where there are none. */
export function logprobsOf(value: unknown): TokenLogprob[] | undefined {
  const tokens = recordsOf(value);
  return tokens.length === 0 ? undefined : tokens.map(tokenOf);
}

function tokenOf(value: JsonRecord): TokenLogprob {
  const bytes = value["bytes"];
  const alternatives = recordsOf(value["top_logprobs"]).map((one) => ({ token: textIn(one, "token") ?? "", logprob: numberIn(one, "logprob") ?? Number.NaN }));
  return {
    token: textIn(value, "token") ?? "",
    logprob: numberIn(value, "logprob") ?? Number.NaN,
    ...(Array.isArray(bytes) && { bytes: bytes.filter((byte) => typeof byte === "number") }),
    ...(alternatives.length > 0 && { alternatives }),
  };
}

/** The log-probabilities of a legacy completion, which are told in columns, in the fields of a chat completion. */
export function tokensOfCompletion(columns: JsonRecord): readonly JsonRecord[] {
  const { tokens, token_logprobs: logprobs, top_logprobs: alternatives } = columns;
  if (!Array.isArray(tokens)) return [];
  return tokens.map((token: unknown, index) => {
    const others: unknown = Array.isArray(alternatives) ? alternatives[index] : undefined;
    return {
      token,
      logprob: Array.isArray(logprobs) ? (logprobs[index] as unknown) : undefined,
      top_logprobs: isRecord(others) ? Object.entries(others).map(([text, logprob]) => ({ token: text, logprob })) : [],
    };
  });
}
