/** Chat completions and completions as OpenAI sends them. */
import type { FakeReply } from "./fake-reply.js";
import type { ChatCompletionRequest, CompletionRequest } from "./openai-requests.js";
import { alternativesTo, callIdOf, choicesOf, created, finishOf, logprobOf, obfuscationOf, piecesOf, piecesOfJson, wholeOf, type FakeOpenaiChoice, type FakeOpenaiReply, type FakeOpenaiUsage } from "./openai-reply.js";
import { sse } from "./sse.js";

type Fields = Readonly<Record<string, unknown>>;

const usageOf = ({ input = 9, output = 12, cached = 0, reasoning = 0 }: FakeOpenaiUsage = {}): Fields => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
});

const tokenOf = (token: string, count: number): Fields => {
  const entry = (text: string, logprob: number): Fields => ({ token: text, logprob, bytes: [...Buffer.from(text)] });
  return { ...entry(token, logprobOf(token)), top_logprobs: alternativesTo(token, count).map((text, index) => entry(text, logprobOf(token) - index)) };
};

/** The reply to a request for a chat completion, streamed or whole. */
export function chatCompletionReply(request: ChatCompletionRequest, reply: FakeOpenaiReply): FakeReply {
  const choices = choicesOf(reply, request.n ?? 1);
  const common = { id: "chatcmpl-C3jmyBQgTgsLd421Wg8fBhM0xkOiK", created, model: `${request.model}-2025-04-14`, service_tier: "default", system_fingerprint: "fp_479cfdfab2" };
  const logprobs = (pieces: readonly string[]): Fields | null => (request.logprobs ? { content: pieces.map((piece) => tokenOf(piece, request.top_logprobs ?? 0)), refusal: null } : null);
  if (!request.stream) {
    if (reply.error) return { status: 500, body: { error: errorOf(reply.error) } };
    const whole = choices.map((choice, index) => ({ index, message: messageOf(choice, index), logprobs: logprobs(piecesOf(choice.text)), finish_reason: finishOf(choice) }));
    return { headers, body: { object: "chat.completion", ...common, choices: whole, usage: usageOf(reply.usage) } };
  }
  const hasUsage = request.stream_options?.include_usage ?? false;
  const isPadded = request.stream_options?.include_obfuscation ?? true;
  const chunk = (fields: Fields, padded: string, usage: unknown = null): Fields => ({
    ...common, object: "chat.completion.chunk", ...fields, ...(hasUsage && { usage }), ...(isPadded && { obfuscation: obfuscationOf(padded) }),
  });
  const ofChoice = (index: number, { delta, tokens, padded }: Delta, finish: string | null = null): Fields =>
    chunk({ choices: [{ index, delta, logprobs: tokens ? logprobs(tokens) : null, finish_reason: finish }] }, padded ?? "");
  const deltas = choices.map((choice, index) => deltasOf(choice, index));
  const longest = Math.max(...deltas.map(({ length }) => length));
  // The choices take turns, as they come.
  const content = Array.from({ length: longest }, (_, turn) => deltas.flatMap((of, index) => (of[turn] ? [ofChoice(index, of[turn])] : []))).flat();
  const end = reply.error
    ? [{ data: { error: errorOf(reply.error) } }]
    : [
        ...choices.map((choice, index) => ({ data: ofChoice(index, { delta: {} }, finishOf(choice)) })),
        ...(hasUsage ? [{ data: chunk({ choices: [] }, "", usageOf(reply.usage)) }] : []),
        { data: "[DONE]" },
      ];
  return { headers, body: sse([...content.map((data) => ({ data })), ...end]) };
}

const headers = { "openai-processing-ms": "412", "openai-version": "2020-10-01", "x-request-id": "req_4f2f3a1e7b0c4d5e" };

interface Delta {
  readonly delta: Fields;
  /** Whose log-probabilities go with it. */
  readonly tokens?: readonly string[];
  readonly padded?: string;
}

function deltasOf(choice: FakeOpenaiChoice, of: number): readonly Delta[] {
  const calls = choice.toolCalls ?? [];
  const hasText = choice.text !== undefined || choice.refusal !== undefined || calls.length === 0;
  const pieces = (name: string, text: FakeOpenaiChoice["text"]): Delta[] => piecesOf(text).map((piece) => ({ delta: { [name]: piece }, padded: piece, ...(name === "content" && { tokens: [piece] }) }));
  return [
    { delta: { role: "assistant", content: hasText ? "" : null, refusal: null } },
    ...pieces("reasoning_content", choice.reasoning),
    ...pieces("content", choice.text),
    ...pieces("refusal", choice.refusal),
    ...(choice.sources ? [{ delta: { annotations: annotationsOf(choice) } }] : []),
    ...calls.flatMap((call, index) => [
      { delta: { tool_calls: [{ index, id: callIdOf(call, index, of), type: "function", function: { name: call.name, arguments: "" } }] } },
      ...piecesOfJson(call.arguments).map((piece) => ({ delta: { tool_calls: [{ index, function: { arguments: piece } }] }, padded: piece })),
    ]),
  ];
}

const annotationsOf = ({ sources = [] }: FakeOpenaiChoice): readonly Fields[] => sources.map(({ url, title, start, end }) => ({ type: "url_citation", url_citation: { end_index: end, start_index: start, title, url } }));

function messageOf(choice: FakeOpenaiChoice, of: number): Fields {
  const calls = choice.toolCalls ?? [];
  return {
    role: "assistant",
    content: choice.text === undefined ? null : wholeOf(choice.text),
    refusal: choice.refusal === undefined ? null : wholeOf(choice.refusal),
    ...(choice.reasoning !== undefined && { reasoning_content: wholeOf(choice.reasoning) }),
    annotations: annotationsOf(choice),
    ...(calls.length > 0 && { tool_calls: calls.map((call, index) => ({ id: callIdOf(call, index, of), type: "function", function: { name: call.name, arguments: call.arguments } })) }),
  };
}

/** An error in OpenAI's words. */
export const errorOf = ({ message, type = "server_error", code }: NonNullable<FakeOpenaiReply["error"]>): Fields => ({ message, type, param: null, code: code ?? null });

/** The reply to a request for a legacy completion, streamed or whole. */
export function completionReply(request: CompletionRequest, reply: FakeOpenaiReply): FakeReply {
  const choices = choicesOf(reply, request.n ?? 1);
  const common = { id: "cmpl-85xN9HjW7xxICcseHdvb5k5fXL04G", object: "text_completion", created, model: `${request.model}:20230824-v2` };
  const logprobs = (pieces: readonly string[]): Fields | null =>
    typeof request.logprobs === "number"
      ? {
          tokens: pieces,
          token_logprobs: pieces.map(logprobOf),
          top_logprobs: pieces.map((piece) => Object.fromEntries(alternativesTo(piece, request.logprobs as number).map((text, index) => [text, logprobOf(piece) - index]))),
          text_offset: pieces.map((_, index) => pieces.slice(0, index).join("").length),
        }
      : null;
  const choiceOf = (index: number, pieces: readonly string[], finish: string | null): Fields => ({ text: pieces.join(""), index, logprobs: logprobs(pieces), finish_reason: finish });
  const { completion_tokens_details: _, prompt_tokens_details: __, ...usage } = usageOf(reply.usage);
  if (!request.stream) return { headers, body: { ...common, choices: choices.map((choice, index) => choiceOf(index, piecesOf(choice.text), finishOf(choice))), usage } };
  const hasUsage = request.stream_options?.include_usage ?? false;
  const chunk = (of: readonly Fields[], counted: unknown = null): Fields => ({ ...common, choices: of, ...(hasUsage && { usage: counted }) });
  const content = choices.flatMap((choice, index) => piecesOf(choice.text).map((piece) => chunk([choiceOf(index, [piece], null)])));
  const end = reply.error
    ? [{ error: errorOf(reply.error) }]
    : [...choices.map((choice, index) => chunk([{ text: "", index, logprobs: null, finish_reason: finishOf(choice) }])), ...(hasUsage ? [chunk([], usage)] : []), "[DONE]"];
  return { headers, body: sse([...content, ...end].map((data) => ({ data }))) };
}
