/** From messages to an object of a type. */
import { fromBatches, outputStream, StageError, type Call, type OutputStream, type StandardSchema } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { addUsage } from "../add-usage.js";
import { batches } from "../batches.js";
import type { ChatRequest, JsonSchema } from "../chat.js";
import type { RevisablePart, Usage } from "../part.js";
import { Answer } from "./answer.js";
import { modelSchema } from "./model-schema.js";
import { nativeMode } from "./native-mode.js";
import type { DeepPartial, ObjectPart } from "./object-part.js";
import { rememberPartial } from "./partial-of.js";
import { promptMode } from "./prompt-mode.js";
import { toolMode } from "./tool-mode.js";

export interface MessagesToObjectOptions<Output, Input = unknown> {
  /** The model that is asked. */
  readonly chat: OutputStream<ChatRequest, RevisablePart>;
  /** What the object must be: it is given as the schema makes it of what the model said. */
  readonly schema: StandardSchema<Input, Output>;
  /** What the model is told of it; the schema's own JSON Schema without it. */
  readonly jsonSchema?: JsonSchema;
  /** What the object is called: letters, digits, `_` and `-`; `object` without it. */
  readonly name?: string;
  /** What the object is for. */
  readonly description?: string;
  /** Answers to ask for in all; 3 without it. */
  readonly attempts?: number;
  /**
   * How the model is made to give an object: `native`, which is the default, by the provider's response format; `tool` by the
   * arguments of a tool that it must call; `prompt` by words alone, with prose and fences around the object passed over.
   */
  readonly mode?: "native" | "tool" | "prompt";
}

/** A stage from messages to an object, in parts: what there is of it while it comes, the whole, and a mandatory `finish`. */
export type MessagesToObject<Output, Input = unknown> = OutputStream<ChatRequest, ObjectPart<Output, Input>>;

const modes = { native: nativeMode, tool: toolMode, prompt: promptMode };

/**
 * Asks a chat model for an object. The answer is parsed strictly and validated; one that is cut off, no JSON or does not fit
 * is shown to the model again with what is wrong, which a warning tells as well. An answer that breaks off when there is already
 * something of the object is asked for again too. Usage is that of all answers together, of those that broke off as far as it was told.
 *
 * The stage throws what the model throws, untouched, and StageError: `internal`, reason `invalid-object` or `truncated`,
 * when the last answer cannot be used; `failed_precondition`, reason `truncated`, when it met the limit of tokens, and
 * reason `refusal`, at once, when the model refuses; `invalid_argument`, reason `content-filter`, when a filter cut it off,
 * and without a reason for a request that has a response format or asks for several choices.
 * `partialOf` gives, for each of them, what there was of the object.
 *
 * @throws StageError `invalid_argument` for options that are not valid, and a schema that has no JSON Schema.
 */
export function messagesToObject<Output, Input = unknown>(options: MessagesToObjectOptions<Output, Input>): MessagesToObject<Output, Input> {
  const { chat, schema, name = "object", description } = options;
  const attempts = requireNumber("messagesToObject: attempts", options.attempts ?? 3, 1, "whole");
  if (!/^[\w-]{1,64}$/u.test(name)) throw new StageError("invalid_argument", `messagesToObject: the name ${JSON.stringify(name)} is not made of 1 to 64 letters, digits, _ and -`);
  const model = modelSchema(schema, options.jsonSchema);
  const mode = modes[options.mode ?? "native"]({ name, description, schema: model.schema });

  /** Hands on what is to be told of an answer while it comes. */
  async function* read(answer: Answer, request: ChatRequest, spent: Usage | undefined, call: Call): AsyncGenerator<readonly ObjectPart<Output, Input>[], void, undefined> {
    for await (const batch of batches(chat(request, call))) {
      const parts = told(answer, batch, spent);
      if (parts.length > 0) yield parts;
    }
  }

  function told(answer: Answer, batch: readonly RevisablePart[], spent: Usage | undefined): readonly ObjectPart<Output, Input>[] {
    const parts: ObjectPart<Output, Input>[] = [];
    let isChanged = false;
    for (const part of batch) {
      if (part.type === "warning") parts.push(part);
      else if (part.type === "usage") parts.push({ ...part, usage: sum(spent, part.usage) });
      isChanged = answer.take(part) || isChanged;
    }
    const partial = isChanged ? answer.partial : undefined;
    if (partial !== undefined) parts.push({ type: "object-partial", value: partial as DeepPartial<Input> });
    return parts;
  }

  async function* ask(request: ChatRequest, call: Call): AsyncGenerator<readonly ObjectPart<Output, Input>[], void, undefined> {
    checkRequest(request);
    let asked = mode.ask(request);
    let spent: Usage | undefined;
    for (let attempt = 1; ; attempt++) {
      const answer = new Answer(mode, model);
      try {
        yield* read(answer, asked, spent, call);
        const reply = await answer.reply();
        const usage = sum(spent, reply.finish.usage);
        const verdict = await answer.judge(reply, schema);
        if ("object" in verdict) {
          yield [{ type: "object", object: verdict.object }, { ...reply.finish, usage }];
          return;
        }
        yield [{ type: "usage", usage }];
        if (reply.refusal !== "") throw new StageError("failed_precondition", `${name}: the model refused: ${reply.refusal.slice(0, 300)}`, { reason: "refusal" });
        const { code, reason, message } = verdict.problem;
        if (attempt === attempts) throw new StageError(code, `${name}: attempt ${attempt} of ${attempts}: the answer cannot be used: ${message}`, { reason, cause: verdict.problem });
        yield [{ type: "warning", message: `${name}: attempt ${attempt} of ${attempts}: the answer cannot be used and is asked for again: ${message}` }];
        asked = { ...asked, messages: [...asked.messages, ...mode.correct(reply, message)] };
        spent = usage;
      } catch (error) {
        // A partial object takes the place of the one before, so an answer that broke off within it can be had again.
        if (attempt < attempts && answer.partial !== undefined && isBrokenOff(error) && !call.signal.aborted) {
          yield [{ type: "warning", message: `${name}: attempt ${attempt} of ${attempts}: the answer broke off and is asked for again: ${error.message}` }];
          if (answer.usage) spent = sum(spent, answer.usage);
          continue;
        }
        rememberPartial(error, answer.partial);
        throw error;
      }
    }
  }

  return outputStream(function messagesToObject(request: ChatRequest, call: Call) {
    return fromBatches(ask(request, call));
  });
}

const sum = (spent: Usage | undefined, usage: Usage): Usage => (spent ? addUsage(spent, usage) : usage);

/** Whether the connection to the model ended within its answer. */
const isBrokenOff = (error: unknown): error is StageError => StageError.is(error) && error.code === "unavailable" && error.reason === "truncated";

function checkRequest({ responseFormat, choices = 1 }: ChatRequest): void {
  if (responseFormat) throw new StageError("invalid_argument", "messagesToObject: responseFormat: leave it out; the object's schema takes its place");
  if (choices > 1) throw new StageError("invalid_argument", "messagesToObject: choices: one object is asked for at a time");
}
