/** Chat with a local model. */
import { type Call, fromBatches, outputStream, type OutputStream, StageError, type Stream } from "@iftk/core";
import { defined, chatRequest, type ChatRequest, type Finish, type FinishReason, invalidArgument, parseChatRequest, type Part } from "@iftk/inference";
import { type Backend, type Format, frequencyPenalty, generate, type GenerationEnd, type LogitProcessor, presencePenalty, type Sampler } from "@iftk/inferlet";
import { beginReply } from "./begin-reply.js";
import type { ChatReply } from "./chat-reply.js";
import { ChatTemplate } from "./chat-template.js";
import { JsonConstraint } from "./json-constraint.js";
import { checkSupport } from "./text-turns.js";

/** What holds for requests that do not say otherwise; temperature is 0.7 and topP 0.9 when nothing does. */
export type ChatDefaults = Omit<ChatRequest, "messages">;

export interface ChatOptions extends ChatDefaults {
  readonly backend: Backend;
  /** How the model writes reasoning and tool calls; told by its chat template without it. */
  readonly format?: Format | undefined;
  /**
   * Called once for every call that was begun, however it ended: with the same `finish` that the
   * consumer gets, or with reason `aborted` or `error` when it gets none. It must not throw.
   */
  readonly onFinish?: ((finish: Finish) => void) | undefined;
}

/**
 * The stage that answers a conversation with a model, token by token.
 *
 * Each call has a sequence of its own, given back before `finish` is yielded and on every other exit.
 * Output tokens are counted without the one that ends the turn.
 *
 * @throws StageError `invalid_argument` for a request that is not valid, reason `context-length` when
 * the conversation is longer than the model's context, and for a schema that a reply cannot be held to; `unimplemented`, reason
 * `option`, for images and what else the local engine does not have; `resource_exhausted` when too many chats run.
 */
export function chat({ backend, format, onFinish, ...rest }: ChatOptions): OutputStream<ChatRequest, Part> {
  const defaults = parseDefaults(rest);
  const json = new JsonConstraint(backend);
  let template: ChatTemplate | undefined;

  return outputStream(function chat(input: ChatRequest, call) {
    return fromBatches(answer(input, call));
  });

  /** The parts that are there at once, each time. */
  async function* answer(input: ChatRequest, { signal }: Call): Stream<readonly Part[]> {
    const usage = { inputTokens: 0, outputTokens: 0 };
    let isReported = false;
    const report = (reason: FinishReason): Finish => {
      const finish: Finish = { type: "finish", reason, usage: { ...usage } };
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
      const { tokens: prompt, reply } = beginReply(template, backend, request);
      checkLength(prompt.length, backend.contextSize);

      const sequence = backend.openSequence();
      let end: GenerationEnd | undefined;
      let parts: readonly Part[] = warnings;
      try {
        if (parts.length > 0) yield parts;
        usage.inputTokens = prompt.length;
        const { maxTokens, seed } = request;
        const tokens = generate(backend, sequence, prompt, { sampler: samplerOf(request), processors: processorsOf(request), constrain, seed, maxTokens, signal });
        while (!reply.isOver) {
          const result = await tokens.next();
          if (result.done) {
            end = result.value;
            break;
          }
          usage.outputTokens++;
          parts = reply.write(result.value);
          if (parts.length > 0 && !reply.isOver) yield parts;
        }
        parts = reply.isOver ? [...parts, ...reply.end()] : reply.end();
      } finally {
        sequence.release();
      }
      yield [...parts, report(reasonOf(end, reply, backend))];
    } catch (error) {
      if (!isReported) report(failureOf(error, signal));
      throw error;
    } finally {
      if (!isReported) report(failureOf(signal.reason, signal));
    }
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

function reasonOf(end: GenerationEnd | undefined, reply: ChatReply, backend: Backend): FinishReason {
  if (reply.isStopped) return { unified: "stop", raw: "stop-text" };
  if (end === undefined) return { unified: "tool-calls", raw: "tool-call" };
  if (end.type === "grammar") return { unified: "stop", raw: "grammar" };
  if (end.type !== "end-token") return { unified: "length", raw: end.type };
  return { unified: reply.calls > 0 ? "tool-calls" : "stop", raw: new TextDecoder().decode(backend.tokenBytes(end.token, { special: true })) };
}

function failureOf(error: unknown, signal: AbortSignal): FinishReason {
  const { reason, code } = StageError.from(error);
  if (signal.aborted) return { unified: "aborted", raw: code === "unknown" ? "canceled" : code };
  return { unified: "error", raw: reason ?? code };
}
