/** Handlers of Web requests as listeners of node:http. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { StageError } from "@iftk/core";
import { errorAnswer } from "./error-answer.js";
import type { Answer, Answerer } from "./exchange.js";
import { NodeExchange } from "./node-exchange.js";
import { askedByNode, discardBody, nodeRequest } from "./node-request.js";
import { runOf } from "./run-body.js";
import type { StageRun } from "./stage-run.js";
import { answererOf, toWebResponse, type Handler } from "./web-exchange.js";

export type NodeListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

export interface NodeListenerOptions {
  /** Hears what a handler throws; for logs. The caller gets a 500 that tells nothing of it. */
  readonly onError?: (error: unknown) => void;
}

const ignore = (): void => {};

/**
 * A listener for `createServer` of node:http. The request's signal fires in the turn in which its connection closes.
 * Streams of `serve` are written as text without a Web stream between, and no faster than the connection takes them;
 * its own handler is asked and answers without Web requests and responses too.
 */
export function toNodeListener(handler: Handler, { onError = ignore }: NodeListenerOptions = {}): NodeListener {
  const answerer = answererOf(handler);
  return (incoming, outgoing) => {
    outgoing.on("error", ignore); // "close" follows
    const answered = answerer ? answerDirectly(answerer, incoming, outgoing, onError) : answerWeb(handler, incoming, outgoing, onError);
    answered.catch((error: unknown) => {
      outgoing.destroy();
      onError(error);
    });
  };
}

async function answerDirectly(answerer: Answerer, incoming: IncomingMessage, outgoing: ServerResponse, onError: (error: unknown) => void): Promise<void> {
  const exchange = new NodeExchange(outgoing);
  let answer: Answer;
  try {
    answer = await answerer(askedByNode(incoming, exchange));
  } catch (error) {
    answer = failureAnswer(error, onError);
  }
  const { status, headers, body } = answer;
  if (outgoing.destroyed) return typeof body === "object" ? body.cancel() : undefined;
  const lines: string[] = [];
  for (const name of Object.keys(headers)) lines.push(name, headers[name] ?? "");
  outgoing.writeHead(status, lines);
  if (typeof body === "object") return writeRun(body, incoming, exchange);
  discardBody(incoming);
  outgoing.end(body);
}

/** Not awaited, so that nothing but the run and the exchange is kept while it lasts. */
function writeRun(run: StageRun, incoming: IncomingMessage, exchange: NodeExchange): void {
  exchange.begin();
  discardBody(incoming);
  void run.writeTo(exchange).then(() => exchange.end());
}

async function answerWeb(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse, onError: (error: unknown) => void): Promise<void> {
  const controller = new AbortController();
  const exchange = new NodeExchange(outgoing);
  let request: Request | undefined;
  exchange.onLeave(() => controller.abort(new StageError("canceled", "The connection was closed.", { reason: "caller-left" })));
  outgoing.on("close", () => {
    request = undefined; // held until now: a request that is collected forwards no abort to its signal
  });
  let response: Response;
  try {
    request = nodeRequest(incoming, controller.signal);
    response = await handler(request);
  } catch (error) {
    response = toWebResponse(failureAnswer(error, onError));
  }
  await writeResponse(response, incoming, outgoing, exchange);
}

/** What the caller is told where a handler threw: nothing of an error that is no StageError. */
function failureAnswer(error: unknown, onError: (error: unknown) => void): Answer {
  if (StageError.is(error)) return errorAnswer(error);
  onError(error);
  return errorAnswer(new StageError("internal", "The server failed to answer."));
}

async function writeResponse(response: Response, incoming: IncomingMessage, outgoing: ServerResponse, exchange: NodeExchange): Promise<void> {
  const run = runOf(response);
  const hasBody = incoming.method !== "HEAD" && response.status !== 204 && response.status !== 304;
  if (outgoing.destroyed || !hasBody) {
    run?.cancel();
    if (!run) response.body?.cancel().catch(ignore);
  }
  if (outgoing.destroyed) return;
  outgoing.writeHead(response.status, response.statusText || undefined, headersOf(response));
  if (run && hasBody) return writeRun(run, incoming, exchange);
  if (hasBody && response.body) await copyBody(response.body, outgoing);
  discardBody(incoming);
  outgoing.end();
}

function headersOf(response: Response): string[] {
  const headers: string[] = [];
  for (const [name, value] of response.headers) {
    if (name !== "transfer-encoding") headers.push(name, value); // node:http frames the body itself
  }
  return headers;
}

async function copyBody(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const leave = (): void => void reader.cancel().catch(() => {});
  outgoing.once("close", leave);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (!outgoing.write(value)) await drained(outgoing);
    }
  } finally {
    outgoing.off("close", leave);
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done).off("close", done);
      resolve();
    };
    if (outgoing.destroyed) resolve();
    else outgoing.on("drain", done).on("close", done);
  });
}
