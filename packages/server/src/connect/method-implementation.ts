/** Methods of a service out of stages over requests. */
import { readyStream, takesValue, yieldsValue } from "@iftk/core";
import type { AnyStage, Call, Stream } from "@iftk/core";
import type { TaskMethod } from "@iftk/protobuf";
import type { Message } from "@bufbuild/protobuf";
import type { ConnectError, HandlerContext } from "@connectrpc/connect";
import { toConnectError } from "./connect-error.js";
import { sendHeaders } from "./early-headers.js";
import { withModel } from "./request-model.js";
import { RequestReader } from "./request-reader.js";
import { resultMessage } from "./result-message.js";
import { ResultMessages } from "./result-messages.js";

/** The runs of a server: each is claimed before it starts and given back when it is over. */
export interface RunHost {
  /** Bytes that one message may have. */
  readonly maxMessageBytes: number;
  /** Claims a run and gives what gives it back. Throws StageError where there is no room for it. */
  claim(): () => void;
  /** Hears the errors of stages with all that never crosses the wire. */
  onError(error: unknown, method: string): void;
}

type Implementation = (request: never, context: HandlerContext) => unknown;

/** The method that runs a stage, which takes the requests of the task and has its mode. */
export function methodImplementation(method: TaskMethod, stage: AnyStage, host: RunHost): Implementation {
  const run = stage as (requests: unknown, call: Partial<Call>) => unknown;
  const { mode, request, result, desc } = method;
  function tell(error: unknown, { signal }: HandlerContext): ConnectError {
    if (!signal.aborted) host.onError(error, desc.name);
    return toConnectError(error);
  }

  /** Starts the stage on what came; the result is a promise, or a stream that has not been read yet. */
  function start(input: unknown, context: HandlerContext): unknown {
    const requests = takesValue(mode) ? withModel(request.fromMessage(input as Message, true), context) : readyStream(() => new RequestReader({ messages: input as AsyncIterable<Message>, codec: request, context, maxMessageBytes: host.maxMessageBytes }));
    const timeout = context.timeoutMs();
    return run(requests, timeout === undefined ? { signal: context.signal } : { signal: context.signal, deadline: Date.now() + timeout });
  }

  if (yieldsValue(mode)) {
    return async (input, context) => {
      let release: (() => void) | undefined;
      try {
        release = host.claim();
        return resultMessage(result, await start(input, context));
      } catch (error) {
        throw tell(error, context);
      } finally {
        release?.();
      }
    };
  }
  return (input, context) => {
    if (mode === "bidi") context.values.get(sendHeaders)(context.responseHeader);
    return new ResultMessages({
      claim: () => host.claim(),
      open: () => start(input, context) as Stream<unknown>,
      toMessage: (value) => resultMessage(result, value),
      tell: (error) => tell(error, context),
      signal: context.signal,
    });
  };
}
