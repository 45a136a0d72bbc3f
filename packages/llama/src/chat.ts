/** Chat with a local model. */
import { type Call, fromBatches, outputStream, type OutputStream, StageError, type Stream } from "@iftk/core";
import { defined, chatRequest, type ChatRequest, type Finish, type FinishReason, invalidArgument, parseChatRequest, type Part } from "@iftk/inference";
import { type Backend, ChatTemplate, type Format, frequencyPenalty, generate, type GenerateOptions, type LogitProcessor, presencePenalty, type Sampler, type Sequence } from "@iftk/inferlet";
import { type BegunReply, beginReply } from "./begin-reply.js";
import { ChatChoice } from "./chat-choice.js";
import { ChatSequences } from "./chat-sequences.js";
import { heldTokens } from "./held-tokens.js";
import { JsonConstraint } from "./json-constraint.js";
import { ReplyLogprobs } from "./reply-logprobs.js";
import { seedOf } from "./seed-of.js";
import { checkSupport } from "./text-turns.js";

/** What holds for requests that do not say otherwise; temperature is 0.7 and topP 0.9 when nothing does. */
export type ChatDefaults = Omit<ChatRequest, "messages">;

export interface ChatOptions extends ChatDefaults {
  readonly backend: Backend;
  /** How the model writes reasoning and tool calls; told by its chat template without it. */
  readonly format?: Format | undefined;
  /** Whether what was computed is kept, so that the next turn of a conversation forwards only what is new; true by default. */
  readonly prefixCache?: boolean | undefined;
  /**
   * Called once for every call that was begun, however it ended: with the same `finish` that the
   * consumer gets, or with reason `aborted` or `error` when it gets none. It must not throw.
   */
  readonly onFinish?: ((finish: Finish) => void) | undefined;
}

/**
 * The stage that answers a conversation with a model, token by token.
 *
 * Each reply has a sequence of its own, given back, or to the prefix cache of the backend, before `finish` is yielded and on every
 * other exit. Output tokens are counted without the one that ends the turn. Of several replies the prompt is decoded once.
 *
 * @throws StageError `invalid_argument` for a request that is not valid, reason `context-length` when
 * the conversation is longer than the model's context, and for a schema that a reply or a call cannot be held to; `unimplemented`, reason
 * `option`, for images and what else the local engine does not have; `resource_exhausted` when too many chats run.
 */
export function chat({ backend, format, prefixCache = true, onFinish, ...rest }: ChatOptions): OutputStream<ChatRequest, Part> {
  const defaults = parseDefaults(rest);
  const json = new JsonConstraint(backend);
  let template: ChatTemplate | undefined;

  return outputStream(function chat(input: ChatRequest, call) {
    return fromBatches(answer(input, call));
  });

  /** The parts that are there at once, each time. */
  async function* answer(input: ChatRequest, { signal }: Call): Stream<readonly Part[]> {
    const choices: ChatChoice[] = [];
    let usage: Finish["usage"] = { inputTokens: 0, outputTokens: 0 };
    let isReported = false;
    const report = (reason: FinishReason): Finish => {
      const outputTokens = choices.reduce((sum, { tokens }) => sum + tokens.length, 0);
      const finish: Finish = { type: "finish", reason, usage: { ...usage, outputTokens } };
      isReported = true;
      onFinish?.(finish);
      return finish;
    };

    try {
      signal.throwIfAborted();
      const request = { ...defaults, ...defined(parseChatRequest(input)) };
      template ??= new ChatTemplate(backend, format);
      const warnings = checkSupport(request);
      const constrain = json.matchersFor(request);
      const begun = beginReply(template, backend, json, request);
      checkLength(begun.tokens.length, backend.contextSize);

      const sequences = new ChatSequences(backend, begun.tokens, prefixCache);
      let parts: readonly Part[] = warnings;
      try {
        if (parts.length > 0) yield parts;
        const { reused } = sequences;
        usage = { inputTokens: begun.tokens.length, outputTokens: 0, ...(reused > 0 && { cachedInputTokens: reused }) };
        const { seed, maxTokens, choices: count = 1 } = request;
        const options: GenerateOptions = { sampler: samplerOf(request), processors: processorsOf(request), constrain, maxTokens, signal };
        for (const [index, sequence] of (await sequences.open(count, signal)).entries()) {
          choices.push(choiceOf(index, sequence, begun, request.logprobs, { ...options, seed: seedOf(seed, index) }));
        }
        sequences.watch(choices);
        for (let open = choices; open.length > 0; ) {
          parts = open.length === 1 ? await (open[0] as ChatChoice).next() : (await Promise.all(open.map((choice) => choice.next()))).flat();
          const ended = open.filter(({ isOver }) => isOver);
          if (count > 1) parts = [...parts, ...ended.map((choice): Part => ({ type: "choice-finish", choice: choice.index, reason: choice.reason(backend) }))];
          if (ended.length > 0) open = open.filter(({ isOver }) => !isOver);
          if (parts.length > 0 && open.length > 0) yield parts;
        }
      } catch (error) {
        sequences.isSound = signal.aborted;
        throw error;
      } finally {
        sequences.close();
      }
      yield [...parts, report((choices[0] as ChatChoice).reason(backend))];
    } catch (error) {
      if (!isReported) report(failureOf(error, signal));
      throw error;
    } finally {
      if (!isReported) report(failureOf(signal.reason, signal));
    }
  }

  function choiceOf(index: number, sequence: Sequence, { tokens, held, read }: BegunReply, alternatives: number | undefined, given: GenerateOptions): ChatChoice {
    const logprobs = alternatives === undefined ? undefined : new ReplyLogprobs(backend, alternatives);
    const options: GenerateOptions = { ...given, history: tokens.subarray(0, sequence.length), ...(logprobs && { onPick: logprobs.onPick, jumpForward: false }) };
    const prompt = tokens.subarray(sequence.length);
    const generation = held === undefined ? generate(backend, sequence, prompt, options) : heldTokens(backend, sequence, prompt, held, options);
    return new ChatChoice({ index, tokens: generation, reply: read(), logprobs });
  }
}

function parseDefaults(options: ChatDefaults): ChatDefaults {
  const result = chatRequest.omit({ messages: true }).safeParse(options);
  if (!result.success) throw invalidArgument(result.error.issues, "chat options");
  return defined(result.data);
}

function samplerOf({ temperature = 0.7, topK, topP = 0.9 }: ChatRequest): Sampler {
  return { type: "token", temperature, topK, topP };
}

/** Without penalties there are no processors, so the logits need not be copied. */
function processorsOf({ frequencyPenalty: frequency = 0, presencePenalty: presence = 0 }: ChatRequest): readonly LogitProcessor[] {
  return [...(frequency === 0 ? [] : [frequencyPenalty(frequency)]), ...(presence === 0 ? [] : [presencePenalty(presence)])];
}

function checkLength(length: number, contextSize: number): void {
  if (length <= contextSize) return;
  throw new StageError("invalid_argument", `messages: the conversation takes ${length} tokens, the model's context holds ${contextSize}; shorten it`, { reason: "context-length" });
}

function failureOf(error: unknown, signal: AbortSignal): FinishReason {
  const { reason, code } = StageError.from(error);
  if (signal.aborted) return { unified: "aborted", raw: code === "unknown" ? "canceled" : code };
  return { unified: "error", raw: reason ?? code };
}
