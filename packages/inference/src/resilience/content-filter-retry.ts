/** Prompts that a content filter refused, written anew. */
import { pipe, StageError, unary, type AnyStage, type Call, type Interceptor, type OutputStream, type Transform, type Unary } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { Attempt, inBatches, isRollback, replay, rollback } from "@iftk/core/interceptors";
import type { ChatRequest } from "../chat.js";
import { isContent } from "../is-content.js";
import type { Part, Warning } from "../part.js";
import { reply } from "../text.js";
import { promptText, type PromptLens } from "./prompt-text.js";

/** What is told of a prompt that was written anew. */
export interface Rewrite {
  /** The attempt that was refused, counted from 1. */
  readonly attempt: number;
  readonly error: StageError;
  readonly from: string;
  readonly to: string;
}

export interface ContentFilterRetryOptions<Request = unknown> {
  /** Writes a prompt anew: a stage from text to text, or a chat model that is told to. */
  readonly rewrite: Unary<string, string> | OutputStream<ChatRequest, Part>;
  /** Attempts in all; 3 by default. */
  readonly attempts?: number;
  /** Where the prompt stands in a request; `promptText` by default, which knows the requests of `@iftk/inference`. */
  readonly prompt?: PromptLens<Request>;
  /** Called before each further attempt. */
  onRewrite?(rewrite: Rewrite): void;
}

/** What a chat model is told. */
const instruction =
  "You rewrite prompts that a content filter has refused. Keep what the prompt asks for and its language; leave out or soften whatever may not be shown to any audience. Answer with the rewritten prompt and nothing else.";

/**
 * A stage that has a chat model rewrite prompts.
 *
 * It throws what the model throws, and StageError `failed_precondition` when its answer is cut off, by a limit of tokens or a filter.
 */
export function rewriteBy(chat: OutputStream<ChatRequest, Part>): Unary<string, string> {
  const ask = pipe(chat, reply);
  return unary(async function rewrite(prompt: string, call) {
    const { text, finish } = await ask({ messages: [{ role: "system", content: instruction }, { role: "user", content: prompt }] }, call);
    const { unified, raw } = finish.reason;
    if (unified === "length" || unified === "content-filter") throw new StageError("failed_precondition", `the rewritten prompt is cut off (${raw})`);
    return text.trim();
  });
}

/**
 * Has the prompt written anew and tries again when a content filter refuses it: on a StageError of reason `content-filter`,
 * and on a reply that ends so, each before any content but words of refusal, which are held back until that is known. Other errors, and refusals after content, are told untouched.
 *
 * The new text is reported by a warning, where the stage gives a stream, and to `onRewrite`. The last attempt's refusal is told as it is.
 * A rewrite that fails is told as StageError `invalid_argument`, reason `content-filter`, with the refusal as its cause.
 *
 * @throws StageError `invalid_argument` over a stage that takes a stream, and for `attempts` below 1.
 */
export function contentFilterRetry<Request = unknown>(options: ContentFilterRetryOptions<Request>): Interceptor<Warning, Request> {
  const attempts = requireNumber("contentFilterRetry: attempts", options.attempts ?? 3, 1, "whole");
  const rewrite = options.rewrite.mode === "unary" ? options.rewrite : rewriteBy(options.rewrite);
  const prompt: PromptLens<unknown> = options.prompt ?? promptText;

  return function contentFilterRetry<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out | Warning> {
    const { label, mode } = stage;
    if (mode !== "unary" && mode !== "output-stream") throw new StageError("invalid_argument", `contentFilterRetry: ${label} takes a stream, which cannot be read twice`);
    return inBatches<In, Out | Warning>(async function* contentFilterRetry(input, call) {
      const inputs = await replay(input, stage);
      let request = inputs.value;
      for (let attempt = 1; ; attempt++) {
        const isLast = attempt === attempts;
        const run = new Attempt<Out>(next, inputs.again(request), call);
        let refusal: StageError | undefined;
        let hasContent = false;
        /** What waits from the first words of refusal on, until it is known whether they are the filter's. */
        let waiting: Out[] = [];
        try {
          for (let batch = await run.read(); batch; batch = await run.read()) {
            hasContent ||= batch.some((value) => isContent(value) && !isFilteredFinish(value) && !isRefusalDelta(value));
            const isDecided = isLast || hasContent;
            const end = isDecided ? -1 : batch.findIndex(isFilteredFinish);
            for (const value of end < 0 ? batch : batch.slice(0, end)) waiting.push(value);
            if (end >= 0) {
              refusal = new StageError("invalid_argument", `${label}: the content filter ended the reply`, { reason: "content-filter", stage: label });
              break;
            }
            if (!isDecided && waiting.some(isRefusalDelta)) continue;
            yield waiting;
            waiting = [];
          }
        } catch (error) {
          if (call.signal.aborted || isLast || hasContent || !isRefusal(error)) {
            if (waiting.length > 0 && !call.signal.aborted) yield waiting;
            throw error;
          }
          refusal = error;
        } finally {
          await run.close();
        }
        const given = refusal ? withoutRefusals(waiting) : waiting;
        if (given.length > 0) yield given;
        if (!refusal) return;
        const from = prompt.textOf(request);
        if (from === undefined) throw refusal;
        const to = await writeAnew(rewrite, from, refusal, label, call);
        request = prompt.withText(request, to);
        options.onRewrite?.({ attempt, error: refusal, from, to });
        if (mode === "output-stream") yield [{ type: "warning", message: `content filter: attempt ${attempt} of ${attempts} was refused; the prompt was rewritten to: ${to}` }];
      }
    });
  };
}

async function writeAnew(rewrite: Unary<string, string>, prompt: string, refusal: StageError, label: string, call: Call): Promise<string> {
  let why = "the rewritten prompt is empty";
  try {
    const to = await rewrite(prompt, call);
    if (to.trim() !== "") return to;
  } catch (error) {
    if (call.signal.aborted) throw error;
    why = `rewriting it failed: ${StageError.from(error).message}`;
  }
  throw new StageError("invalid_argument", `${label}: the content filter refused the prompt, and ${why}`, { reason: "content-filter", stage: label, cause: refusal });
}

/** What waited but for words of refusal; marks that took those back take back no more than what is given. */
function withoutRefusals<Out>(waiting: readonly Out[]): readonly Out[] {
  const kept: Out[] = [];
  let takenBefore = 0;
  for (const value of waiting) {
    if (isRollback(value)) {
      takenBefore += Math.max(0, value.count - kept.length);
      kept.length = Math.max(0, kept.length - value.count);
    } else kept.push(value);
  }
  const given = kept.filter((value) => !isRefusalDelta(value));
  return takenBefore > 0 ? [rollback(takenBefore) as Out, ...given] : given; // there are marks only where Out has them
}

const isRefusal = (error: unknown): error is StageError => StageError.is(error) && error.reason === "content-filter";

const isRefusalDelta = (value: unknown): boolean => (Object(value) as { readonly type?: unknown }).type === "refusal-delta";

function isFilteredFinish(value: unknown): boolean {
  const { type, reason } = Object(value) as { readonly type?: unknown; readonly reason?: { readonly unified?: unknown } };
  return type === "finish" && reason?.unified === "content-filter";
}
