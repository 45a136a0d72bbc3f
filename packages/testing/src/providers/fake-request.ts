/** What a client asked of a fake provider. */
import type { IncomingMessage } from "node:http";

/** One request as the fake provider got it, its body read whole. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What the path has in place of the `:name` and `*` segments of the route, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The body as JSON. Throws SyntaxError where it is none. */
  json(): unknown;
  /** The body as a form, multipart or URL-encoded. Rejects with TypeError where it is none. */
  form(): Promise<FormData>;
  /** Resolves when the exchange is over: the reply is sent whole, is cut, or the client has gone. */
  readonly closed: Promise<void>;
}

/** Bytes that the body of a request may have. */
export const longestBody = 64 * 2 ** 20;

/** The whole body, or undefined where it is longer than a fake provider takes; it is read to its end all the same, so that the client can read the reply. Rejects when the client goes before. */
export async function readBody(message: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length <= longestBody) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length <= longestBody ? new Uint8Array(Buffer.concat(chunks)) : undefined;
}

/** The request that the message and its body are. */
export function fakeRequest(message: IncomingMessage, url: URL, params: Readonly<Record<string, string>>, bytes: Uint8Array, closed: Promise<void>): FakeRequest {
  const headers = new Headers();
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) headers.append(message.rawHeaders[index] as string, message.rawHeaders[index + 1] as string);
  const text = (): string => new TextDecoder().decode(bytes);
  return {
    method: message.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    params,
    headers,
    bytes,
    get text() {
      return text();
    },
    json: () => JSON.parse(text()) as unknown,
    form: () => new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": headers.get("content-type") ?? "" } }).formData(),
    closed,
  };
}

/** The body as JSON; undefined where it is none. */
export function jsonOf(request: FakeRequest): unknown {
  try {
    return request.json();
  } catch {
    return undefined;
  }
}
