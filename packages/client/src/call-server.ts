/** One call of a stage on a server: a POST, and the values of the event stream that answers it. */
import { StageError } from "@iftk/core";
import { codeOfHttpStatus, fromErrorFields, readFrames } from "@iftk/wire";
import type { Frame } from "@iftk/wire";

export interface RemoteOptions {
  /** Sent with each call; a function is asked before each. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** The fetch to call with; the global one without it. */
  readonly fetch?: (url: string | URL, init: RequestInit) => Promise<Response>;
  /** Milliseconds to wait for the next content, which heartbeats are not; 60000 without it, 0 for ever. */
  readonly idleTimeout?: number;
}

/** Characters of an error body that are read. */
const longest = 2 ** 16;

/** The values that the stage at the URL gives for the input. Aborting the signal closes the connection. */
export async function* callServer(url: string | URL, input: unknown, signal: AbortSignal, options: RemoteOptions): AsyncGenerator<unknown, void, undefined> {
  const { idleTimeout = 60_000 } = options;
  const connection = new AbortController();
  const follow = (): void => connection.abort(signal.reason);
  const frames = readFrames(bytesOf(url, input, connection, options));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame: Frame | undefined;
  const nextFrame = (): Promise<IteratorResult<Frame, undefined>> =>
    new Promise((resolve, reject) => {
      if (idleTimeout) {
        timer = setTimeout(() => {
          connection.abort(new StageError("deadline_exceeded", `No content came for ${idleTimeout} ms.`, { reason: "idle" }));
          reject(connection.signal.reason);
        }, idleTimeout);
      }
      frames.next().then(resolve, reject);
    });
  signal.addEventListener("abort", follow);
  try {
    for (;;) {
      frame = (await nextFrame()).value;
      clearTimeout(timer);
      if (frame?.kind === "error") throw fromErrorFields(frame.error);
      if (frame?.kind !== "value") return;
      yield frame.value;
      frame = undefined;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", follow);
    // After the last frame the connection is left to end by itself, so that it can serve the next call.
    if (!frame) connection.abort();
    // Not awaited, for the read that it waits behind may never be answered.
    frames.return(undefined).catch(() => {});
  }
}

async function* bytesOf(url: string | URL, input: unknown, connection: AbortController, { headers, fetch = globalThis.fetch }: RemoteOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = connection;
  const sent = new Headers(typeof headers === "function" ? await headers() : headers);
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
    throw StageError.is(cause) ? cause : new StageError("unavailable", "The connection to the server failed.", { reason: reader && "truncated", cause });
  } finally {
    const close = (): void => connection.abort();
    reader?.read().then(close, close);
  }
}

/** What an answer that is no event stream means. */
function responseError({ ok, status }: Response, text: string): StageError {
  try {
    return fromErrorFields((JSON.parse(text) as { error: object }).error);
  } catch {
    // A proxy answers in words of its own.
    return new StageError(ok ? "internal" : codeOfHttpStatus(status), `The answer has status ${status} and is no event stream.`);
  }
}

function toJson(input: unknown): string {
  try {
    return JSON.stringify(input ?? null);
  } catch (cause) {
    throw new StageError("invalid_argument", "The input is no plain data, so it cannot be sent as JSON.", { cause });
  }
}
