/** What every flavour of an implementation runs, and with which parameters. */
import { StageError } from "../error.js";
import { stepsOf } from "../run.js";
import { isThenable } from "../reader.js";
import { validate } from "../standard-schema.js";
import { bidi, createStage, inputStream, outputStream, takesValue, unary, yieldsValue, type AnyStage, type Mode, type Unary } from "../stage.js";
import type { Call } from "../stream.js";
import { parametersIn, withParameters, type CheckedParameters } from "./define-task.js";
import { flavourOf, servedBy } from "./flavour.js";
import type { AnyImplementation, AnyTask, Flavours, TaskCall, TaskTypes } from "./task.js";

/** A flavour as its author gave it. */
export type AnyFlavour = (input: never, call: never) => unknown;

type Run = (input: unknown, call: Call) => unknown;

const declare = { unary, "output-stream": outputStream, "input-stream": inputStream, bidi };

/** An implementation: its flavours as they were given, and the stages of all four. */
export class Implemented implements AnyImplementation {
  readonly task: AnyTask;
  readonly #flavours: ReadonlyMap<Mode, AnyFlavour>;
  readonly #runBatch: Flavours<TaskTypes>["runBatch"] | undefined;
  readonly #stages = new Map<Mode, AnyStage>();
  /** Undefined for those of the call, or else the defaults. */
  readonly #own: CheckedParameters | undefined;
  #defaults: CheckedParameters | undefined;
  /** What a call carries that brings nothing along but these parameters. */
  #values: Call["values"];

  constructor(task: AnyTask, flavours: ReadonlyMap<Mode, AnyFlavour>, runBatch: Flavours<TaskTypes>["runBatch"] | undefined, own?: CheckedParameters) {
    this.task = task;
    this.#flavours = flavours;
    this.#runBatch = runBatch;
    this.#own = own;
  }

  get given(): readonly Mode[] {
    return [...this.#flavours.keys()];
  }
  get run(): AnyStage {
    return this.#in("unary");
  }
  get unary(): AnyStage {
    return this.#in("unary");
  }
  get outputStream(): AnyStage {
    return this.#in("output-stream");
  }
  get inputStream(): AnyStage {
    return this.#in("input-stream");
  }
  get bidi(): AnyStage {
    return this.#in("bidi");
  }

  with(parameters: unknown): AnyImplementation {
    return new Implemented(this.task, this.#flavours, this.#runBatch, checked(this.task, parameters));
  }

  async runBatch(inputs: readonly unknown[], call: Partial<Call> = {}): Promise<readonly unknown[]> {
    const signal = call.signal ?? new AbortController().signal;
    if (this.#runBatch) {
      const results = await this.#runBatch(inputs, this.#callOf({ ...call, signal }));
      if (results.length === inputs.length) return results;
      throw new StageError("internal", `${this.task.name}: runBatch was given ${inputs.length} inputs and gave ${results.length} results`);
    }
    const results: unknown[] = [];
    for (const input of inputs) {
      signal.throwIfAborted();
      try {
        results.push(await (this.unary as Unary<unknown, unknown>)(input, call));
      } catch (error) {
        signal.throwIfAborted();
        results.push(error instanceof Error ? error : StageError.from(error));
      }
    }
    return results;
  }

  /** The stage of a flavour, made when it is first asked for. */
  #in(mode: Mode): AnyStage {
    let stage = this.#stages.get(mode);
    if (!stage) this.#stages.set(mode, (stage = this.#derive(mode)));
    return stage;
  }

  #derive(mode: Mode): AnyStage {
    const by = servedBy[mode].find((flavour) => this.#flavours.has(flavour)) ?? mode;
    const { task } = this;
    const work = this.#give(by);
    const parts = [work];
    const notes: string[] = [];
    if (takesValue(mode) && !takesValue(by)) parts.unshift(task.splitInput);
    if (!takesValue(mode) && takesValue(by)) {
      parts.unshift(task.joinInput);
      notes.push("waits for the whole input");
    }
    if (yieldsValue(mode) && !yieldsValue(by)) parts.push(task.joinOutput);
    if (!yieldsValue(mode) && yieldsValue(by)) {
      parts.push(task.splitOutput);
      notes.push("gives parts once the output is whole");
    }
    const note = by === mode ? "as implemented" : [`by ${by}`, ...notes].join("; ");
    return createStage(mode, task.name, parts, parts.flatMap((part) => stepsOf(part)), note);
  }

  /** Runs a mode within the stage whose call this is. */
  within(mode: Mode, input: unknown, call: Call): unknown {
    const flavour = this.#flavours.get(mode) as Run | undefined;
    return flavour ? flavour(input, this.#callOf(call)) : (this.#in(mode) as unknown as Run)(input, call);
  }

  /** A flavour as its author gave it, with the parameters on each call. */
  #give(mode: Mode): AnyStage {
    const flavour = this.#flavours.get(mode) as Run;
    const isStage = "mode" in flavour;
    if (isStage && !this.task.parameters) return flavour as unknown as AnyStage; // its steps run among those of the route
    const run = (input: unknown, call: Call): never => flavour(input, this.#callOf(call)) as never;
    Object.defineProperty(run, "name", { value: isStage ? (flavour as unknown as AnyStage).label : flavour.name || mode });
    const stage = declare[mode](run) as unknown as AnyStage;
    if (!isStage) return stage;
    return createStage(mode, stage.label, [flavour as unknown as AnyStage], stepsOf(stage));
  }

  #callOf(call: Call): TaskCall<unknown> {
    const own = this.#own ?? (call.values && parametersIn(this.task, call));
    const all = own ?? (this.#defaults ??= { ...checked(this.task, {}), givenParameters: undefined });
    const values = call.values ? withParameters(this.task, all, call) : (this.#values ??= withParameters(this.task, all, call));
    return { signal: call.signal, deadline: call.deadline, values, parameters: all.parameters, givenParameters: all.givenParameters };
  }
}

/**
 * Runs an implementation in a mode as a part of the stage whose call this is: what its author gave is called as a function,
 * and hears the caller by that stage. Other modes, and implementations of another copy of this package, run as stages.
 */
export function runWithin(implementation: AnyImplementation, mode: Mode, input: unknown, call: Call): unknown {
  return implementation instanceof Implemented ? implementation.within(mode, input, call) : (flavourOf(implementation, mode) as unknown as Run)(input, call);
}

function checked(task: AnyTask, givenParameters: unknown): CheckedParameters {
  const what = `${task.name}: parameters`;
  if (!task.parameters) {
    const [name] = Object.keys(Object(givenParameters) as object);
    if (name !== undefined) throw new StageError("invalid_argument", `${task.name} has no parameters; got ${JSON.stringify(name)}`);
    return { parameters: {}, givenParameters };
  }
  const parameters = validate(task.parameters, givenParameters, () => what);
  if (!isThenable(parameters)) return { parameters, givenParameters };
  Promise.resolve(parameters).catch(() => {}); // what it comes to no longer matters
  throw new StageError("failed_precondition", `${what}: the schema is asynchronous; use one that answers at once`);
}
