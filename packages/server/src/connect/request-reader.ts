/** The requests of a call, in batches as they come. */
import { StageError, type Batch, type ReadyReader } from "@iftk/core";
import type { RequestCodec } from "@iftk/protobuf";
import type { TaskRequest } from "@iftk/wire";
import { fromBinary, type Message } from "@bufbuild/protobuf";
import { ConnectError, createContextKey, type ContextKey, type HandlerContext } from "@connectrpc/connect";
import { fromConnectError } from "./connect-error.js";
import { MessageFrames } from "./message-frames.js";
import { withModel } from "./request-model.js";

/** The bytes of a call as they come; undefined where the server cannot tell. */
export const requestBody: ContextKey<AsyncIterable<Uint8Array> | undefined> = createContextKey<AsyncIterable<Uint8Array> | undefined>(undefined, { description: "the bytes of a call" });

/** What the requests are read of. */
export interface RequestSource {
  /** The messages as the library of Connect reads them: read here only where the bytes are not. */
  readonly messages: AsyncIterable<Message>;
  readonly codec: RequestCodec;
  readonly context: HandlerContext;
  /** Bytes that one message may have. */
  readonly maxMessageBytes: number;
}

/**
 * Reads messages as requests, of which the first names the model. A read that waits gives the reader itself, which answers within the turn of what came.
 *
 * Of a call of gRPC that is not compressed, the messages that came together are one batch: one after another, the library takes longer for each than all else does.
 * Errors of the library become StageErrors.
 */
export class RequestReader implements ReadyReader<TaskRequest>, PromiseLike<Batch<TaskRequest>> {
  readonly #codec: RequestCodec;
  readonly #context: HandlerContext;
  readonly #frames: MessageFrames | undefined;
  readonly #iterator: AsyncIterator<unknown, undefined>;
  #isFirst = true;
  #requests: TaskRequest[] = [];
  /** What came after the requests that were given. */
  #failure: { readonly error: unknown } | undefined;
  #resolve: ((batch: Batch<TaskRequest>) => unknown) | undefined;
  #reject: ((error: unknown) => unknown) | undefined;

  constructor({ messages, codec, context, maxMessageBytes }: RequestSource) {
    this.#codec = codec;
    this.#context = context;
    const body = isPlainGrpc(context) ? context.values.get(requestBody) : undefined;
    this.#frames = body && new MessageFrames(maxMessageBytes, (bytes) => this.#add(decode(codec, bytes)));
    this.#iterator = (body ?? messages)[Symbol.asyncIterator]() as AsyncIterator<unknown, undefined>;
  }

  read(): PromiseLike<Batch<TaskRequest>> {
    if (this.#failure) throw this.#failure.error;
    return this;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  readonly then: PromiseLike<Batch<TaskRequest>>["then"] = (resolve, reject) => {
    this.#resolve = resolve ?? undefined;
    this.#reject = reject ?? undefined;
    this.#go();
    return this as never;
  };

  #go(): void {
    this.#iterator.next().then(this.#onAnswer, this.#onFailure);
  }

  readonly #onAnswer = ({ done, value }: IteratorResult<unknown, undefined>): void => {
    try {
      if (done) {
        this.#frames?.end();
        if (this.#isFirst) this.#requests.push(withModel({}, this.#context)); // without a message there is still a model
        this.#isFirst = false;
      } else if (this.#frames) this.#frames.add(value as Uint8Array);
      else this.#add(value as Message);
    } catch (error) {
      this.#failure = { error };
    }
    const requests = this.#requests;
    this.#requests = [];
    if (requests.length > 0) this.#resolve?.(requests);
    else if (this.#failure) this.#reject?.(this.#failure.error);
    else if (done) this.#resolve?.(undefined);
    else this.#go();
  };

  #add(message: Message): void {
    const isHead = this.#isFirst;
    this.#isFirst = false;
    const request = this.#codec.fromMessage(message, isHead);
    this.#requests.push(isHead ? withModel(request, this.#context) : request);
  }

  readonly #onFailure = (error: unknown): void => void this.#reject?.(error instanceof ConnectError ? fromConnectError(error) : error);

  close(): void {
    if (!this.#frames) void this.#iterator.return?.().catch(() => {});
  }
}

/** Milliseconds beyond which the library refuses a call, which it says to those who read its messages. */
const longestTimeout = 2 ** 31 - 1;

/** Whether nothing is to be done for the messages but to cut them and to decode them. */
function isPlainGrpc({ protocolName, requestHeader, timeoutMs }: HandlerContext): boolean {
  if (protocolName !== "grpc" || !/^application\/grpc(?:\+proto)?$/i.test(requestHeader.get("content-type") ?? "")) return false;
  if ((requestHeader.get("grpc-encoding") ?? "identity") !== "identity") return false;
  return requestHeader.get("grpc-timeout") === null || (timeoutMs() ?? Infinity) < longestTimeout;
}

function decode(codec: RequestCodec, bytes: Uint8Array): Message {
  try {
    return fromBinary(codec.desc, bytes);
  } catch (cause) {
    throw new StageError("invalid_argument", "A message is not of the type that the method takes.", { reason: "malformed", cause });
  }
}
