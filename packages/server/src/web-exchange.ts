/** Web requests as they are asked, and answers as Web responses. */
import { BodyPieces } from "./body-pieces.js";
import type { Caller } from "./caller.js";
import type { Answer, Asked } from "./exchange.js";
import { runResponse } from "./run-body.js";

/** A function from a request to its response, as every Web server takes it. */
export type Handler = (request: Request) => Promise<Response> | Response;

/** What another handler answers, to which the request goes as it came. */
export interface Delegation {
  readonly handler: Handler;
}

/** Answers a request, of which it has read nothing where it leaves it to another; errors are answers too. */
export type Answerer = (asked: Asked) => Answer | Delegation | Promise<Answer | Delegation>;

const answerers = new WeakMap<Handler, Answerer>();

/** The handler of Web requests that an answerer is. */
export function toHandler(answer: Answerer): (request: Request) => Promise<Response> {
  const handle = async (request: Request): Promise<Response> => {
    const answered = await answer(askedByWeb(request));
    return "handler" in answered ? answered.handler(request) : toWebResponse(answered);
  };
  answerers.set(handle, answer);
  return handle;
}

/** What answers for a handler that `toHandler` gave, so that an adapter can do without Web requests and responses. */
export function answererOf(handler: Handler): Answerer | undefined {
  return answerers.get(handler);
}

/** What a Web request asks. */
export function askedByWeb(request: Request): Asked {
  const { method, headers, body } = request;
  const url = new URL(request.url);
  return {
    method,
    path: url.pathname,
    host: () => url.host,
    caller: callerOf(request.signal),
    header: (name) => headers.get(name) ?? undefined,
    text: (maxBytes) => readBody(body, maxBytes),
  };
}

function callerOf(signal: AbortSignal): Caller {
  let listener: (() => void) | undefined;
  return {
    get hasLeft() {
      return signal.aborted;
    },
    onLeave(leave) {
      if (listener) signal.removeEventListener("abort", listener);
      listener = leave;
      if (leave) signal.addEventListener("abort", leave, { once: true });
    },
  };
}

async function readBody(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  const reader = body?.getReader();
  const pieces = new BodyPieces(maxBytes);
  let isWhole = reader === undefined;
  try {
    while (reader && !isWhole) {
      const { done, value } = await reader.read();
      if (done) isWhole = true;
      else pieces.add(value);
    }
  } finally {
    if (!isWhole) reader?.cancel().catch(() => {});
  }
  return pieces.text();
}

/** The Web response that an answer is. */
export function toWebResponse({ status, headers, body }: Answer): Response {
  return typeof body === "object" ? runResponse(body, headers) : new Response(body ?? null, { status, headers });
}
