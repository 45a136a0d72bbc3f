/** One call of a stage on a server: a POST, and the values of the event stream that answers it. */
import { readyStream, StageError } from "@iftk/core";
import type { Batch, Call, ReadyReader, Stream } from "@iftk/core";
import { codeOfHttpStatus, frameReader, fromErrorFields } from "@iftk/wire";
import type { Frame } from "@iftk/wire";
import { connectionFailed, headersOf, timeoutOf, type RemoteOptions } from "./remote-options.js";

/** Characters of an error body that are read. */
const longest = 2 ** 16;

/** The values that the stage at the URL gives for the input, all that one network read brings at once. Aborting the call closes the connection. */
export function callServer(url: string | URL, input: unknown, call: Call, options: RemoteOptions): Stream<unknown> {
  return readyStream(() => openCall(url, input, call, options));
}

function openCall(url: string | URL, input: unknown, call: Call, options: RemoteOptions): ReadyReader<unknown> {
  const { idleTimeout = 60_000 } = options;
  const { signal } = call;
  const connection = new AbortController();
  const follow = (): void => connection.abort(signal.reason);
  const frames = frameReader(bytesOf(url, input, call, connection, options));
  /** The frame that ends the run. */
  let last: Frame | undefined;
  let stop = (): void => {};

  function nextFrames(): Promise<Batch<Frame>> {
    return new Promise((resolve, reject) => {
      const timer =
        idleTimeout &&
        setTimeout(() => {
          connection.abort(new StageError("deadline_exceeded", `No content came for ${idleTimeout} ms.`, { reason: "idle" }));
          reject(connection.signal.reason);
        }, idleTimeout);
      stop = () => clearTimeout(timer || undefined);
      frames.read().then(resolve, reject);
    });
  }
  function leave(): void {
    stop();
    signal.removeEventListener("abort", follow);
    // After the last frame the connection is left to end by itself, so that it can serve the next call.
    if (!last) connection.abort();
    // Not awaited, for the read that it waits behind may never be answered.
    frames.close().catch(() => {});
  }

  signal.addEventListener("abort", follow);
  return {
    async read() {
      try {
        if (!last) {
          const batch = (await nextFrames()) ?? [];
          stop();
          const end = batch.at(-1);
          if (end?.kind === "value") return batch.map(valueOf);
          last = end;
          if (batch.length > 1) return batch.slice(0, -1).map(valueOf);
        }
        if (last?.kind === "error") throw fromErrorFields(last.error);
        leave();
        return undefined;
      } catch (error) {
        leave();
        throw error;
      }
    },
    close: leave,
  };
}

function valueOf(frame: Frame): unknown {
  return frame.kind === "value" ? frame.value : undefined;
}

async function* bytesOf(url: string | URL, input: unknown, call: Call, connection: AbortController, options: RemoteOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { fetch = globalThis.fetch } = options;
  const { signal } = connection;
  const sent = await headersOf(options);
  const timeout = timeoutOf(call);
  if (timeout !== undefined) sent.set("iftk-timeout", String(timeout));
  sent.set("content-type", "application/json");
  sent.set("accept", "text/event-stream");
  const body = toJson(input);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await fetch(url, { method: "POST", headers: sent, body, signal });
    reader = response.body?.getReader();
    const isStream = response.ok && response.headers.get("content-type")?.startsWith("text/event-stream");
    const decoder = new TextDecoder();
    let text = "";
    for (let part; reader && !(part = await reader.read()).done && text.length < longest; ) {
      if (isStream) yield part.value;
      else text += decoder.decode(part.value, { stream: true });
    }
    if (!isStream) throw responseError(response, text);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw StageError.is(cause) ? cause : connectionFailed({ reason: reader && "truncated", cause });
  } finally {
    const close = (): void => connection.abort();
    reader?.read().then(close, close);
  }
}

/** What an answer that is none means. */
export function responseError({ ok, status }: Response, text: string, expected = "event stream"): StageError {
  try {
    return fromErrorFields((JSON.parse(text) as { error: object }).error);
  } catch {
    // A proxy answers in words of its own.
    return new StageError(ok ? "internal" : codeOfHttpStatus(status), `The answer has status ${status} and is no ${expected}.`);
  }
}

/** The body for an input. Throws StageError `invalid_argument` for one that JSON cannot carry. */
export function toJson(input: unknown): string {
  try {
    return JSON.stringify(input ?? null);
  } catch (cause) {
    throw new StageError("invalid_argument", "The input is no plain data, so it cannot be sent as JSON.", { cause });
  }
}
