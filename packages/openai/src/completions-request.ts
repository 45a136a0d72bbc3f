/** Requests as the legacy completions take them. */
import { StageError } from "@iftk/core";
import { defined, type ChatRequest, textOf } from "@iftk/inference";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { unimplemented } from "./failure.js";
import { ignored, type WrittenRequest } from "./written-request.js";

/** The body of a completion; `top_k` is what compatible servers have beyond OpenAI. */
export type CompletionBody = OpenAI.CompletionCreateParamsStreaming & { readonly top_k?: number };

/**
 * The request in the fields of completions: the prompt is the text of the user's last message, with those of the system before it.
 *
 * @throws StageError `unimplemented`, reason `option`, for tools, JSON and anything but text; `invalid_argument` without a message of the user.
 */
export function completionRequest(request: ChatRequest, model: string, server: Pick<Connection, "provider" | "isOwn">): WrittenRequest<CompletionBody> {
  if (request.tools?.length) throw unimplemented(server, "completions have no tools; use another api");
  if (request.responseFormat?.type === "json") throw unimplemented(server, "completions have no responseFormat; use another api");
  const { prompt, isWhole } = promptOf(request, server.provider);
  const body: CompletionBody = defined({
    model,
    prompt,
    stream: true as const,
    stream_options: { include_usage: true },
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: server.isOwn ? undefined : request.topK,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    seed: request.seed,
    stop: request.stop,
    n: request.choices === 1 ? undefined : request.choices,
    logprobs: request.logprobs,
  });
  const warnings = [
    ...(isWhole ? [] : ["completions take one prompt: all messages but those of the system and the user's last are left out"]),
    ...ignored(request, server.isOwn ? ["topK", "reasoning"] : ["reasoning"], "the API of completions"),
  ];
  return { body, warnings };
}

function promptOf({ messages }: ChatRequest, provider: string): { readonly prompt: string; readonly isWhole: boolean } {
  const last = messages.findLast(({ role }) => role === "user");
  if (!last) throw new StageError("invalid_argument", `${provider}: a completion needs a message of the role user: its text is the prompt`);
  const system = messages.filter(({ role }) => role === "system");
  return { prompt: [...system, last].map((message) => textOf(message, provider)).join("\n\n"), isWhole: system.length + 1 === messages.length };
}
