/** Declaring a task. */
import { StageError } from "../error.js";
import { only } from "../run.js";
import { inputStream, of, outputStream, type AnyStage, type InputStream, type Mode, type OutputStream } from "../stage.js";
import type { StandardSchema } from "../standard-schema.js";
import { callValue, type Call, type CallValue, type Stream } from "../stream.js";
import { implementationIn } from "./model.js";
import type { AnyTask, Model, Task, TaskTypes } from "./task.js";

/** One side of a task as it is declared: without `part`, a whole has no parts but itself. */
interface SideOptions<Whole, Part> {
  /** What a value is called on a wire. */
  readonly name?: string;
  readonly whole: StandardSchema<unknown, Whole>;
  readonly part?: StandardSchema<unknown, Part>;
}

interface TaskOptions<In, InPart, Out, OutPart, Parameters, Given> {
  /** In words joined by hyphens, such as `token-classification`. */
  readonly name: string;
  readonly input: SideOptions<In, InPart>;
  readonly output: SideOptions<Out, OutPart>;
  /** Checks the parameters and fills in defaults, without waiting. */
  readonly parameters?: StandardSchema<Given, Parameters>;
  /** Cuts an input into parts: a tokenizer. Joined, they are the input. */
  readonly splitInput?: OutputStream<NoInfer<In>, NoInfer<InPart>>;
  /** Puts an input together: a detokenizer. How it was cut makes no difference. */
  readonly joinInput?: InputStream<NoInfer<InPart>, NoInfer<In>>;
  readonly splitOutput?: OutputStream<NoInfer<Out>, NoInfer<OutPart>>;
  readonly joinOutput?: InputStream<NoInfer<OutPart>, NoInfer<Out>>;
}

/** The conversions that a side needs when its parts are of another kind than its wholes. */
type Conversions<Side extends "Input" | "Output", Whole, Part> = [Whole, Part] extends [Part, Whole]
  ? unknown
  : { readonly [K in `split${Side}`]: OutputStream<Whole, Part> } & { readonly [K in `join${Side}`]: InputStream<Part, Whole> };

/**
 * Declares a kind of work: the types of its wholes and parts, and how to get from one to the other.
 *
 * A side without `part` is whole at once: as a stream it holds exactly one value.
 *
 * @throws StageError `invalid_argument` for a bad name, and for a side whose parts cannot be made or put together.
 */
export function defineTask<In, Out, InPart = In, OutPart = Out, Parameters = Readonly<Record<string, never>>, Given = Parameters>(
  options: TaskOptions<In, InPart, Out, OutPart, Parameters, Given> & Conversions<"Input", NoInfer<In>, NoInfer<InPart>> & Conversions<"Output", NoInfer<Out>, NoInfer<OutPart>>,
): Task<TaskTypes<In, InPart, Out, OutPart, Parameters, Given>> {
  const { name, input, output, parameters } = options as TaskOptions<In, InPart, Out, OutPart, Parameters, Given>;
  if (!/^[a-z][a-z\d]*(-[a-z\d]+)*$/.test(name)) throw new StageError("invalid_argument", `a task's name is of small words joined by hyphens, such as token-classification; got ${JSON.stringify(name)}`);
  const [splitInput, joinInput] = conversions(name, "Input", options);
  const [splitOutput, joinOutput] = conversions(name, "Output", options);
  const key = callValue<CheckedParameters>();
  const task = {
    name,
    input: sideOf("input", input),
    output: sideOf("output", output),
    parameters,
    splitInput,
    joinInput,
    splitOutput,
    joinOutput,
    parametersOf(call: Pick<Call, "values">) {
      const found = key.of(call);
      if (found === undefined) throw new StageError("failed_precondition", `this call has no parameters of ${name}: it was not made by an implementation of the task`);
      return found.parameters;
    },
    load: (model: Model) => implementationIn(model, name),
  };
  parameterKeys.set(task, key);
  return task as unknown as Task<TaskTypes<In, InPart, Out, OutPart, Parameters, Given>>;
}

/** The parameters of a call, checked and as they were given. */
export interface CheckedParameters {
  readonly parameters: unknown;
  readonly givenParameters: unknown;
}

const parameterKeys = new WeakMap<object, CallValue<CheckedParameters>>();

/** The values of a call of the task, these parameters among them. */
export function withParameters(task: AnyTask, parameters: CheckedParameters, call: Call): Call["values"] {
  return parameterKeys.get(task)?.in(parameters, call) ?? call.values;
}

/** The parameters that a call carries for the task. */
export function parametersIn(task: AnyTask, call: Call): CheckedParameters | undefined {
  return parameterKeys.get(task)?.of(call);
}

function sideOf<Whole, Part>(kind: string, { name = kind, whole, part }: SideOptions<Whole, Part>) {
  return { name, whole, part: part ?? whole, hasParts: part !== undefined };
}

function conversions(task: string, side: "Input" | "Output", options: object): [split: AnyStage, join: AnyStage] {
  const given = options as Readonly<Record<string, AnyStage | undefined>> & Readonly<Record<string, { readonly part?: unknown }>>;
  const split = check(given[`split${side}`], `split${side}`, "output-stream");
  const join = check(given[`join${side}`], `join${side}`, "input-stream");
  if (split && join) return [split, join];
  if (split ?? join ?? given[side.toLowerCase()]?.part) throw new StageError("invalid_argument", `${task}: the ${side.toLowerCase()} has parts, so give both split${side} and join${side}`);
  return [outputStream(whole), inputStream(theOne)];

  function check(stage: AnyStage | undefined, name: string, mode: Mode): AnyStage | undefined {
    if (stage && stage.mode !== mode) throw new StageError("invalid_argument", `${task}: ${name} must be a stage in the mode ${mode}; got ${stage.mode ?? typeof stage}`);
    return stage;
  }
}

function whole(value: unknown): Stream<unknown> {
  return of(value);
}

function theOne(values: Stream<unknown>): Promise<unknown> {
  return only(values, "a side of a task that has no parts");
}

