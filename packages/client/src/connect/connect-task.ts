/** Tasks that are done by a server that speaks Connect, gRPC or gRPC-Web. */
import { bidi, inputStream, last, outputStream, unary, type AnyStage, type Call, type Mode, type Stream } from "@iftk/core";
import type { Implementation, Task, TaskTypes } from "@iftk/core/task";
import { describeTasks, type TaskMethod } from "@iftk/protobuf";
import { remoteFlavours, type TaskRequest } from "@iftk/wire";
import type { Transport } from "@connectrpc/connect";
import { headersOf, type RemoteOptions } from "../remote-options.js";
import { callStream, callUnary } from "./connect-call.js";

export interface ConnectTaskOptions extends Pick<RemoteOptions, "headers" | "token"> {
  /** The kind of work that the task belongs to, such as `Nlp`: the name of the server's service. */
  readonly domain: string;
  /** The id of the model; without it the one that the server takes by default. */
  readonly model?: string;
}

/** The header that names the model. */
const modelHeader = "mm-model-id";

/**
 * The task as a server does it, in all four modes, over any transport of Connect: `createGrpcTransport` of `@connectrpc/connect-node`,
 * `createConnectTransport` of `@connectrpc/connect-web`.
 *
 * Its errors are those of the server, with code, message, reason and path. Beyond them it throws StageError `unavailable` where the
 * server cannot be reached, with reason `truncated` where the answer is cut, and `invalid_argument` for an input that a message cannot carry.
 * An abort, a deadline and a consumer that leaves end the call on the server too. Browsers cannot stream input: there the transport refuses it.
 */
export function connectTask<T extends TaskTypes>(task: Task<T>, transport: Transport, options: ConnectTaskOptions): Implementation<T> {
  const { domain, model } = options;
  const methods = new Map(describeTasks([task], { domain }).methods.map((method) => [method.mode, method]));
  const calls = {
    transport,
    async headers() {
      const sent = await headersOf(options);
      if (model !== undefined) sent.set(modelHeader, model);
      return sent;
    },
  };

  function stageOf(mode: Mode): AnyStage {
    const method = methods.get(mode) as TaskMethod;
    const stream = (input: unknown, call: Call): Stream<unknown> => callStream(method, input, call, calls);
    const stages = {
      unary: () => unary((request: TaskRequest, call) => callUnary(method, request, call, calls)),
      "output-stream": () => outputStream(stream),
      "input-stream": () => inputStream((requests: Stream<TaskRequest>, call) => last(stream(requests, call))),
      bidi: () => bidi((requests: Stream<TaskRequest>, call) => stream(requests, call)),
    };
    return stages[mode]();
  }
  return remoteFlavours(task, stageOf);
}
