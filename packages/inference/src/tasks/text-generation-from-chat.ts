/** Text generation by an engine that chats. */
import { type OutputStream, pipe, StageError, sync } from "@iftk/core";
import { implement, type ImplementationOf } from "@iftk/core/task";
import type { ChatRequest } from "../chat.js";
import { checkFinish } from "../check-finish.js";
import type { Finish, Part } from "../part.js";
import { type GeneratedTextStreamResult, type GenerationFinishReason, textGeneration, type TextGenerationParameters } from "./text-generation.js";

export interface TextGenerationFromChatOptions {
  /** What the engine is told before each text. */
  readonly system?: string;
}

/**
 * The text generation that gives each text to a chat engine as what its user says.
 *
 * Reasoning and warnings are left out. Its stage throws StageError `invalid_argument` for a parameter that a chat
 * request has no word for, `unavailable` with reason `truncated` for a reply that is cut off, `canceled` or `unknown`
 * for one that was aborted or failed, and `failed_precondition` with reason `content-filter` for one that was withheld.
 */
export function textGenerationFromChat(chat: OutputStream<ChatRequest, Part>, { system }: TextGenerationFromChatOptions = {}): ImplementationOf<typeof textGeneration> {
  const instruction: ChatRequest["messages"] = system === undefined ? [] : [{ role: "system", content: system }];
  return implement(textGeneration, {
    outputStream(text, call) {
      const request = { messages: [...instruction, { role: "user" as const, content: text }], ...optionsOf(call.parameters) };
      return pipe(chat, generatedText(request.seed))(request, call);
    },
  });
}

/** What the engine is asked, in the words of a chat request. */
function optionsOf(parameters: TextGenerationParameters): Omit<ChatRequest, "messages"> {
  const { maxNewTokens, decodingMethod, temperature = 1, topP = 1, seed, stopSequences, ...others } = parameters;
  const { minNewTokens, truncateInputTokens, topK = 0, typicalP = 1, repetitionPenalty = 1, maxTime, exponentialDecayLengthPenalty } = others;
  refuse("minNewTokens", minNewTokens > 0);
  refuse("truncateInputTokens", truncateInputTokens > 0);
  refuse("topK", topK > 0);
  refuse("typicalP", typicalP !== 1);
  refuse("repetitionPenalty", repetitionPenalty !== 1);
  refuse("maxTime", maxTime !== undefined, "; give the call a deadline");
  refuse("exponentialDecayLengthPenalty", exponentialDecayLengthPenalty !== undefined);
  return {
    maxTokens: maxNewTokens,
    ...(decodingMethod === "GREEDY" ? { temperature: 0 } : { temperature, topP }),
    ...(seed !== undefined && { seed }),
    ...(stopSequences && { stop: stopSequences }),
  };
}

function refuse(name: string, isGiven: boolean, advice = "; leave it out"): void {
  if (isGiven) throw new StageError("invalid_argument", `text-generation: ${name} is not supported by a chat engine${advice}`);
}

/** The parts of a reply as pieces of a generated text. */
const generatedText = (seed: number | undefined) =>
  sync("generatedText", () => {
    let isFinished = false;
    return {
      take(part: Part): readonly GeneratedTextStreamResult[] {
        if (part.type === "text-delta") return [{ generatedText: part.text }];
        if (part.type !== "finish") return [];
        isFinished = true;
        const { inputTokens, outputTokens } = part.usage;
        return [{ generatedText: "", details: { finishReason: finishReasonOf(part), generatedTokens: outputTokens, inputTokenCount: inputTokens, ...(seed !== undefined && { seed }) } }];
      },
      end() {
        if (!isFinished) checkFinish(undefined);
        return [];
      },
    };
  });

function finishReasonOf(finish: Finish): GenerationFinishReason {
  const { unified, raw } = checkFinish(finish).reason;
  if (unified === "content-filter") throw new StageError("failed_precondition", `the reply was withheld (${raw})`, { reason: "content-filter" });
  if (unified === "length") return /context/.test(raw) ? "TOKEN_LIMIT" : "MAX_TOKENS";
  return /^stop[-_](text|sequence)/.test(raw) ? "STOP_SEQUENCE" : "EOS_TOKEN";
}
