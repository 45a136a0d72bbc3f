/** Tasks that are done elsewhere, for clients. */
import { concat, each, from, map, takesValue, unary, validate, yieldsValue } from "@iftk/core";
import type { AnyStage, CallOptions, Mode, Stream } from "@iftk/core";
import { implement } from "@iftk/core/task";
import type { Flavours, Implementation, Task, TaskCall, TaskTypes } from "@iftk/core/task";
import type { TaskRequest } from "./task-request.js";

/** A stage over requests, whatever its mode. */
type Sent = (requests: unknown, call: CallOptions) => unknown;

/**
 * A task in four modes out of stages that take requests, such as remote ones: `stageOf` gives the one for each mode, of that mode.
 *
 * Parameters were checked here, and are sent as they were given, to be checked again by the server. What comes back is checked by the schemas of the task:
 * StageError `internal` where it does not fit.
 */
export function remoteFlavours<T extends TaskTypes>(task: Task<T>, stageOf: (mode: Mode) => AnyStage, model?: string): Implementation<T> {
  function flavour(mode: Mode): (input: unknown, call: TaskCall<unknown>) => unknown {
    const send = stageOf(mode) as Sent;
    const requests = takesValue(mode) ? requestFor : messagesFor;
    const answer = (input: unknown, call: TaskCall<unknown>): unknown => send(requests(input as Stream<unknown>, call.givenParameters), call);
    return yieldsValue(mode) ? async (input, call) => whole(await answer(input, call)) : (input, call) => parts(answer(input, call) as Stream<unknown>);
  }
  const head = (parameters: unknown): TaskRequest => ({ ...(model === undefined ? {} : { model }), ...(parameters === undefined ? {} : { parameters }) });
  const requestFor = (input: unknown, parameters: unknown): TaskRequest => ({ ...head(parameters), input });
  // The head goes first and by itself, so that the model starts before there is any input.
  const messagesFor = (inputs: Stream<unknown>, parameters: unknown): Stream<unknown> => concat(from([head(parameters)]), toMessages(inputs));

  const place = (): string => `${task.name}: what the server gave does not fit: ${task.output.name}`;
  const whole = (value: unknown): unknown => validate(task.output.whole, value, place, "internal");
  const parts = each(unary((value: unknown) => validate<unknown>(task.output.part, value, place, "internal")));

  const flavours = { unary: flavour("unary"), outputStream: flavour("output-stream"), inputStream: flavour("input-stream"), bidi: flavour("bidi") };
  return implement(task, flavours as unknown as Flavours<T>);
}

const toMessages = map((input: unknown): unknown => (input instanceof Uint8Array ? input : { input }));
