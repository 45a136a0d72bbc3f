/** What a task, an implementation of it and a model are: kinds of work, apart from who does them and in which mode. */
import type { AnyStage, Bidi, InputStream, Mode, OutputStream, Unary } from "../stage.js";
import type { StandardSchema } from "../standard-schema.js";
import type { Call, Stream } from "../stream.js";

/** The types of a task: wholes and parts on both sides, and the parameters beside the input. */
export interface TaskTypes<In = unknown, InPart = unknown, Out = unknown, OutPart = unknown, Parameters = unknown, Given = unknown> {
  readonly input: In;
  readonly inputPart: InPart;
  readonly output: Out;
  readonly outputPart: OutPart;
  /** As implementations get them, with defaults filled in. */
  readonly parameters: Parameters;
  /** As callers give them. */
  readonly givenParameters: Given;
}

/** One side of a task: what a value of it is called on a wire, and how a whole and a part of it are checked there. */
export interface TaskSide<Whole, Part> {
  readonly name: string;
  readonly whole: StandardSchema<unknown, Whole>;
  readonly part: StandardSchema<unknown, Part>;
  /** False where a whole has no parts but itself: as a stream it is one value. */
  readonly hasParts: boolean;
}

/** Any task at all. */
export interface AnyTask {
  /** In words joined by hyphens, such as `token-classification`. */
  readonly name: string;
  readonly input: TaskSide<unknown, unknown>;
  readonly output: TaskSide<unknown, unknown>;
  /** Undefined for a task without parameters. */
  readonly parameters: StandardSchema<unknown, unknown> | undefined;
  readonly splitInput: AnyStage;
  readonly joinInput: AnyStage;
  readonly splitOutput: AnyStage;
  readonly joinOutput: AnyStage;
  load(model: Model): AnyImplementation;
}

/** A kind of work: its four types, the ways from wholes to parts and back, and its parameters. */
export interface Task<T extends TaskTypes> extends AnyTask {
  readonly input: TaskSide<T["input"], T["inputPart"]>;
  readonly output: TaskSide<T["output"], T["outputPart"]>;
  readonly parameters: StandardSchema<T["givenParameters"], T["parameters"]> | undefined;
  readonly splitInput: OutputStream<T["input"], T["inputPart"]>;
  readonly joinInput: InputStream<T["inputPart"], T["input"]>;
  readonly splitOutput: OutputStream<T["output"], T["outputPart"]>;
  readonly joinOutput: InputStream<T["outputPart"], T["output"]>;
  /** The parameters of the call that a stage serves, for stages deep within an implementation. Throws StageError `failed_precondition` where the call is not one of this task. */
  parametersOf(call: Pick<Call, "values">): T["parameters"];
  /** What the model gives for this task. Throws StageError `invalid_argument` with reason `task` where it gives nothing. */
  load(model: Model): Implementation<T>;
}

/** What an implementation knows of the call that it serves. */
export interface TaskCall<Parameters> extends Call {
  /** Validated, with defaults filled in. */
  readonly parameters: Parameters;
  /** As the caller gave them, undefined for none: to be sent on to where they are validated again. */
  readonly givenParameters?: unknown;
}

/** The ways to do a task, each a function or a stage: an author gives those that the model has. */
export interface Flavours<T extends TaskTypes> {
  readonly unary: (input: T["input"], call: TaskCall<T["parameters"]>) => Promise<T["output"]> | T["output"];
  readonly outputStream: (input: T["input"], call: TaskCall<T["parameters"]>) => Stream<T["outputPart"]>;
  readonly inputStream: (input: Stream<T["inputPart"]>, call: TaskCall<T["parameters"]>) => Promise<T["output"]> | T["output"];
  readonly bidi: (input: Stream<T["inputPart"]>, call: TaskCall<T["parameters"]>) => Stream<T["outputPart"]>;
  /** Many inputs at once: one result for each, in their order, or the error that it alone failed with. It does for `unary` where that is left out. */
  readonly runBatch: (inputs: readonly T["input"][], call: TaskCall<T["parameters"]>) => Promise<readonly (T["output"] | Error)[]>;
}

/** Any implementation at all. */
export interface AnyImplementation {
  readonly task: AnyTask;
  /** The flavours that its author gave; the others are derived from them. */
  readonly given: readonly Mode[];
  readonly run: AnyStage;
  readonly unary: AnyStage;
  readonly outputStream: AnyStage;
  readonly inputStream: AnyStage;
  readonly bidi: AnyStage;
  runBatch(inputs: readonly never[], call?: Partial<Call>): Promise<readonly unknown[]>;
  with(parameters: never): AnyImplementation;
}

/** A task as some model does it: every flavour is served, whichever were given. */
export interface Implementation<T extends TaskTypes> extends AnyImplementation {
  readonly task: Task<T>;
  /** The same as `unary`, under the name that models are used to. */
  readonly run: Unary<T["input"], T["output"]>;
  readonly unary: Unary<T["input"], T["output"]>;
  readonly outputStream: OutputStream<T["input"], T["outputPart"]>;
  readonly inputStream: InputStream<T["inputPart"], T["output"]>;
  readonly bidi: Bidi<T["inputPart"], T["outputPart"]>;
  /** Many inputs at once: one result for each, in their order, or the error that it alone failed with. */
  runBatch(inputs: readonly T["input"][], call?: Partial<Call>): Promise<readonly (T["output"] | Error)[]>;
  /** The same with these parameters in place of those that a call carries, and of the defaults. Throws StageError `invalid_argument` for those that do not fit. */
  with(parameters: T["givenParameters"]): Implementation<T>;
}

/** The type of an implementation of a task: `ImplementationOf<typeof tokenization>`. */
export type ImplementationOf<T extends AnyTask> = T extends Task<infer Types> ? Implementation<Types> : never;

/** Something that was loaded and does one or more tasks. */
export interface Model {
  readonly id: string;
  /** Other ids under which it is known, such as those of models that it took the place of. */
  readonly aliases: readonly string[];
  readonly tasks: readonly AnyImplementation[];
  /** Frees what the model holds. */
  [Symbol.asyncDispose](): Promise<void>;
}
