/** One call of a method over a transport of Connect. */
import { readyStream, takesValue } from "@iftk/core";
import type { Call, ReadyReader, Stream } from "@iftk/core";
import type { TaskMethod } from "@iftk/protobuf";
import type { TaskRequest } from "@iftk/wire";
import type { DescMethodStreaming, DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { timeoutOf } from "../remote-options.js";
import { RequestMessages } from "./request-messages.js";
import { stageErrorOf } from "./stage-error.js";

/** How calls are made. */
export interface CallOptions {
  readonly transport: Transport;
  /** Sent with each call; asked for before each. */
  readonly headers: () => HeadersInit | Promise<HeadersInit>;
}

/** The milliseconds that the server may take. A transport takes 0 for no end. */
function timeout(call: Call): number | undefined {
  const left = timeoutOf(call);
  return left === undefined ? undefined : Math.max(1, left);
}

/** Calls a unary method. */
export async function callUnary({ desc, request, result }: TaskMethod, input: TaskRequest, call: Call, { transport, headers }: CallOptions): Promise<unknown> {
  const message = request.toMessage(input);
  try {
    const answer = await transport.unary(desc as DescMethodUnary, call.signal, timeout(call), await headers(), message);
    return result.fromMessage(answer.message);
  } catch (error) {
    throw call.signal.aborted ? call.signal.reason : stageErrorOf(error, false);
  }
}

/** Calls any other method: its results, one where the mode gives a value. Leaving ends the call on the server too. */
export function callStream(method: TaskMethod, input: unknown, call: Call, options: CallOptions): Stream<unknown> {
  return readyStream(() => new CallReader(method, input, call, options));
}

/** Reads the results of one call. */
class CallReader implements ReadyReader<unknown> {
  readonly #method: TaskMethod;
  readonly #requests: RequestMessages<TaskRequest>;
  readonly #call: Call;
  readonly #options: CallOptions;
  readonly #connection = new AbortController();
  #answers: AsyncIterator<Message, undefined> | undefined;

  constructor(method: TaskMethod, input: unknown, call: Call, options: CallOptions) {
    this.#method = method;
    this.#call = call;
    this.#options = options;
    const requests = takesValue(method.mode) ? [input as TaskRequest] : (input as Stream<TaskRequest>);
    this.#requests = new RequestMessages(requests as Stream<TaskRequest>, (request) => method.request.toMessage(request));
    call.signal.addEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => this.#connection.abort(this.#call.signal.reason);

  async read(): Promise<readonly unknown[] | undefined> {
    try {
      this.#answers ??= await this.#begin();
      const { done, value } = await this.#answers.next();
      if (!done) return [this.#method.result.fromMessage(value)];
      this.#leave();
      return undefined;
    } catch (error) {
      this.#leave();
      if (this.#requests.failure) throw this.#requests.failure.error;
      if (this.#call.signal.aborted) throw this.#call.signal.reason;
      throw stageErrorOf(error, this.#answers !== undefined);
    }
  }

  async #begin(): Promise<AsyncIterator<Message, undefined>> {
    const { transport, headers } = this.#options;
    const { signal } = this.#connection;
    const answer = await transport.stream(this.#method.desc as DescMethodStreaming, signal, timeout(this.#call), await headers(), this.#requests);
    return answer.message[Symbol.asyncIterator]() as AsyncIterator<Message, undefined>;
  }

  close(): void {
    this.#leave();
    this.#connection.abort();
  }

  #leave(): void {
    this.#call.signal.removeEventListener("abort", this.#abort);
    void this.#requests.return();
  }
}
