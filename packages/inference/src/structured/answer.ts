/** One answer of a model, which is to be an object. */
import { from, StageError, type StageErrorCode, type StandardSchema } from "@iftk/core";
import { retract } from "@iftk/core/interceptors";
import type { Part, RevisablePart, Usage } from "../part.js";
import { reply, type Reply } from "../text.js";
import type { ModelSchema } from "./model-schema.js";
import type { AnswerReader, ObjectMode } from "./object-mode.js";

/** Characters of issues that a model is told. */
const longestProblem = 2000;

/** Takes the parts of an answer as they come and gives what they come to. */
export class Answer {
  readonly #mode: ObjectMode;
  readonly #model: ModelSchema;
  readonly #parts: Part[] = [];
  #reader: AnswerReader;
  /** What it has used so far, as far as it was told. */
  usage: Usage | undefined;

  constructor(mode: ObjectMode, model: ModelSchema) {
    this.#mode = mode;
    this.#model = model;
    this.#reader = mode.open();
  }

  /** Takes a part, or the mark of a retry, and says whether `partial` has changed and is worth reading. */
  take(part: RevisablePart): boolean {
    retract(this.#parts, part);
    if (part.type === "usage" || part.type === "finish") this.usage = part.usage;
    if (part.type !== "rollback") return !("choice" in part && part.choice) && this.#reader.take(part);
    this.#reader = this.#mode.open();
    return this.#parts.reduce((isChanged, kept) => this.#reader.take(kept) || isChanged, false);
  }

  /** What there is of the object; undefined before it begins. */
  get partial(): unknown {
    return this.#model.unwrap(this.#reader.partial);
  }

  /** The whole reply. It throws as the view of that name does. */
  reply(): Promise<Reply> {
    return reply(from(this.#parts));
  }

  /** What the reply comes to; it throws only what the schema throws. */
  async judge<Output>(whole: Reply, schema: StandardSchema<unknown, Output>): Promise<Verdict<Output>> {
    const { unified } = whole.finish.reason;
    if (unified === "length") return problem("failed_precondition", "it was cut off at the limit of tokens; it has to be shorter", "truncated");
    if (unified === "content-filter") return problem("invalid_argument", "it was cut off by a content filter", "content-filter");
    let value: unknown;
    try {
      value = this.#model.unwrap(this.#reader.whole(whole));
    } catch (error) {
      const { message, reason } = StageError.from(error);
      return problem("internal", message, reason === "truncated" ? reason : "invalid-object", error);
    }
    const outcome = await schema["~standard"].validate(value);
    return outcome.issues ? problem("internal", `it does not fit the schema: ${describe(outcome.issues)}`, "invalid-object") : { object: outcome.value };
  }
}

/** What an answer comes to: the object, or else what is wrong, as an error of the code and reason with which the call may fail. */
export type Verdict<Output> = { readonly object: Output } | { readonly problem: StageError };

function problem(code: StageErrorCode, message: string, reason: string, cause?: unknown): { readonly problem: StageError } {
  return { problem: new StageError(code, message, { reason, cause }) };
}

type Issues = NonNullable<Awaited<ReturnType<StandardSchema<unknown>["~standard"]["validate"]>>["issues"]>;

/** The issues with their places, such as `items[0].price: expected number`. */
function describe(issues: Issues): string {
  const text = issues.map(({ message, path = [] }) => [...(path.length > 0 ? [pathOf(path)] : []), message].join(": ")).join("; ");
  return text.length > longestProblem ? `${text.slice(0, longestProblem - 1)}…` : text;
}

function pathOf(path: NonNullable<Issues[number]["path"]>): string {
  const keys = path.map((part) => (typeof part === "object" ? part.key : part));
  return keys.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`)).join("");
}
