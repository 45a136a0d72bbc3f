/** Tasks as stages over requests, for servers. */
import { bidi, each, inputStream, outputStream, readyStream, StageError, takesValue, unary, validate, yieldsValue } from "@iftk/core";
import type { AnyStage, Batch, Call, Mode, ReadyReader, Stream } from "@iftk/core";
import { lateStream, readerOf } from "@iftk/core/authoring";
import { runWithin } from "@iftk/core/task";
import type { AnyImplementation, AnyTask, Model } from "@iftk/core/task";
import { requestOf, type TaskRequest } from "./task-request.js";

/** Finds the model with an id, or the one for those who name none. Throws StageError `not_found` with reason `model` where there is none. */
export type ResolveModel = (id: string | undefined, call: Call) => Model | Promise<Model>;

/**
 * A task in one mode as a stage that takes requests: it checks them by the schemas of the task and runs the model that they name.
 *
 * Besides the errors of the model it throws StageError `invalid_argument` for a request that is none and for an input or parameters
 * that do not fit, with reason `task` where the model does not do the task, and what `resolve` throws.
 */
export function servedFlavour(task: AnyTask, mode: Mode, resolve: ResolveModel): AnyStage {
  const known = new WithParameters();
  async function startWhole(request: unknown, call: Call): Promise<unknown> {
    const { model, input, parameters } = requestOf(request, () => task.name);
    // What is there at once is not waited for: each promise costs a short call some percent.
    const checked = wholeOf(task, input);
    const whole: unknown = checked instanceof Promise ? await checked : checked;
    const found = resolve(model, call);
    const implementation = known.of(task.load("then" in found ? await found : found), parameters);
    return await runWithin(implementation, mode, whole, call);
  }
  async function startParts(requests: unknown, call: Call): Promise<unknown> {
    const { head, input } = await partsOf(task, requests as Stream<unknown>);
    const implementation = known.of(task.load(await resolve(head.model, call)), head.parameters);
    return runWithin(implementation, mode, input, call);
  }
  const start = takesValue(mode) ? startWhole : startParts;
  const open = (requests: unknown, call: Call): Stream<unknown> => lateStream(() => start(requests, call) as Promise<Stream<unknown>>);
  const run = yieldsValue(mode) ? start : open;
  Object.defineProperty(run, "name", { value: task.name });
  return declare[mode](run as never);
}

/** Checks a request of one input as its served flavour does, and finds its model, but runs nothing. */
export async function checkTaskRequest(task: AnyTask, request: unknown, resolve: ResolveModel, call: Call): Promise<void> {
  const head = requestOf(request, () => task.name);
  await wholeOf(task, head.input);
  task.load(await resolve(head.model, call)).with((head.parameters ?? {}) as never);
}

/** Implementations with the parameters of earlier calls: most calls have those of others, and stages cost more to make than to run. */
class WithParameters {
  static readonly #most = 64;
  static readonly #longest = 1024;
  readonly #known = new WeakMap<AnyImplementation, Map<string, AnyImplementation>>();

  /** The last ones, with a copy of the parameters. */
  #last: { readonly base: AnyImplementation; readonly parameters: Fields; readonly found: AnyImplementation } | undefined;

  of(base: AnyImplementation, parameters: unknown): AnyImplementation {
    if (parameters === undefined) return base;
    if (this.#last?.base === base && isSame(this.#last.parameters, parameters)) return this.#last.found;
    const key = JSON.stringify(parameters);
    // Numbers that are not finite are written as null, too.
    if (key.length > WithParameters.#longest || key.includes("null")) return base.with(parameters as never);
    let known = this.#known.get(base);
    if (!known) this.#known.set(base, (known = new Map<string, AnyImplementation>()));
    let found = known.get(key);
    if (!found) {
      found = base.with(parameters as never);
      const [oldest] = known.keys();
      if (known.size >= WithParameters.#most && oldest !== undefined) known.delete(oldest);
      known.set(key, found);
    }
    if (isRecord(parameters)) this.#last = { base, parameters: { ...parameters }, found };
    return found;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Whether a value has the same fields, none of which is an object. */
function isSame(fields: Fields, value: unknown): boolean {
  if (!isRecord(value)) return false;
  const names = Object.keys(value);
  return Object.keys(fields).length === names.length && names.every((name) => typeof value[name] !== "object" && fields[name] === value[name]);
}

const declare = { unary, "output-stream": outputStream, "input-stream": inputStream, bidi };

/** What the first request says, and the inputs that all of them carry. */
interface Taken {
  readonly head: TaskRequest;
  readonly input: Stream<unknown>;
}

function wholeOf(task: AnyTask, input: unknown): unknown {
  return validate(task.input.whole, input, () => `${task.name}: ${task.input.name}`);
}

/** Reads the first message; the inputs of all are read, and checked, as they are asked for. */
async function partsOf(task: AnyTask, messages: Stream<unknown>): Promise<Taken> {
  const reader = readerOf(messages); // its own, which the end of the run closes
  const batch = await reader.read();
  const head = batch ? requestOf(batch[0], () => `${task.name}: message 1`) : {};
  const isHeadOnly = head.input === undefined;
  let count = isHeadOnly ? 1 : 0;
  const part = (message: unknown): unknown => {
    count += 1;
    const place = (): string => `${task.name}: message ${count}`;
    const { model, input, parameters } = requestOf(message, place);
    if (count > 1 && (model !== undefined || parameters !== undefined)) throw new StageError("invalid_argument", `${place()}: only the first message of a stream carries model and parameters`);
    return validate(task.input.part, input, () => `${place()}: ${task.input.name}`);
  };
  return { head, input: each(unary(part))(rest(reader, isHeadOnly ? batch?.slice(1) : batch, batch === undefined)) };
}

/** What is left of a stream after a batch of it was read. */
function rest(reader: ReadyReader<unknown>, batch: Batch<unknown>, isOver: boolean): Stream<unknown> {
  let first = batch;
  const close = (): unknown => (isOver ? undefined : reader.close?.());
  return readyStream(
    () => ({
      read() {
        const values = first;
        first = undefined;
        if (values && values.length > 0) return values;
        return isOver ? undefined : reader.read();
      },
      close: close as () => Promise<void>,
    }),
    close,
  );
}
