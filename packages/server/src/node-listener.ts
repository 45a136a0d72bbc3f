/** Handlers of Web requests as listeners of node:http and node:http2. */
import type { ServerResponse } from "node:http";
import { StageError } from "@iftk/core";
import { errorAnswer } from "./error-answer.js";
import type { Answer } from "./exchange.js";
import { http2StreamOf, NodeExchange, type NodeResponse } from "./node-exchange.js";
import { AskedByNode, discardBody, nodeRequest, type NodeRequest } from "./node-request.js";
import { runOf } from "./run-body.js";
import type { StageRun } from "./stage-run.js";
import { answererOf, toWebResponse, type Answerer, type Delegation, type Handler } from "./web-exchange.js";

/** A listener for requests of either version of HTTP. */
export type NodeListener = (incoming: NodeRequest, outgoing: NodeResponse) => void;

export interface NodeListenerOptions {
  /** Hears what a handler throws; for logs. The caller gets a 500 that tells nothing of it. */
  readonly onError?: (error: unknown) => void;
}

const ignore = (): void => {};

/**
 * A listener for `createServer` of node:http, node:https and node:http2. The request's signal fires in the turn in which its connection closes.
 * Streams of `serve` are written as text without a Web stream between, and no faster than the connection takes them;
 * its own handler is asked and answers without Web requests and responses too.
 */
export function toNodeListener(handler: Handler, { onError = ignore }: NodeListenerOptions = {}): NodeListener {
  const answerer = answererOf(handler);
  return (incoming, response) => {
    const outgoing = response as ServerResponse; // that of HTTP/2 has all its methods that are called here
    outgoing.on("error", ignore); // "close" follows
    const exchange = new NodeExchange(outgoing);
    if (answerer) void answerDirectly(answerer, incoming, outgoing, exchange, onError);
    else void answerWeb(handler, incoming, outgoing, exchange, onError);
  };
}

async function answerDirectly(answerer: Answerer, incoming: NodeRequest, outgoing: ServerResponse, exchange: NodeExchange, onError: (error: unknown) => void): Promise<void> {
  let answer: Answer | Delegation;
  try {
    answer = await answerer(new AskedByNode(incoming, exchange));
  } catch (error) {
    answer = failureAnswer(error, onError);
  }
  if ("handler" in answer) return isCut(outgoing) ? undefined : answerWeb(answer.handler, incoming, outgoing, exchange, onError);
  try {
    writeAnswer(answer, incoming, outgoing, exchange);
  } catch (error) {
    fail(outgoing, error, onError);
  }
}

function writeAnswer({ status, headers, body }: Answer, incoming: NodeRequest, outgoing: ServerResponse, exchange: NodeExchange): void {
  if (isCut(outgoing)) return typeof body === "object" ? body.cancel() : undefined;
  // With its length known, node writes head and body as one.
  outgoing.writeHead(status, typeof body === "string" ? { ...headers, "content-length": Buffer.byteLength(body) } : headers);
  if (typeof body === "object") return writeRun(body, incoming, exchange);
  discardBody(incoming);
  outgoing.end(body);
}

/** There is nothing left to tell the caller, who is cut off. */
function fail(outgoing: ServerResponse, error: unknown, onError: (error: unknown) => void): void {
  cut(outgoing);
  onError(error);
}

/** Not awaited, so that nothing but the run and the exchange is kept while it lasts. */
function writeRun(run: StageRun, incoming: NodeRequest, exchange: NodeExchange): void {
  exchange.begin();
  discardBody(incoming);
  void run.writeTo(exchange).then(() => exchange.end());
}

async function answerWeb(handler: Handler, incoming: NodeRequest, outgoing: ServerResponse, exchange: NodeExchange, onError: (error: unknown) => void): Promise<void> {
  const controller = new AbortController();
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
  await writeResponse(response, incoming, outgoing, exchange).catch((error: unknown) => fail(outgoing, error, onError));
}

/** What the caller is told where a handler threw: nothing of an error that is no StageError. */
function failureAnswer(error: unknown, onError: (error: unknown) => void): Answer {
  if (StageError.is(error)) return errorAnswer(error);
  onError(error);
  return errorAnswer(new StageError("internal", "The server failed to answer."));
}

async function writeResponse(response: Response, incoming: NodeRequest, outgoing: ServerResponse, exchange: NodeExchange): Promise<void> {
  const run = runOf(response);
  const hasBody = incoming.method !== "HEAD" && response.status !== 204 && response.status !== 304;
  if (isCut(outgoing) || !hasBody) {
    run?.cancel();
    if (!run) response.body?.cancel().catch(ignore);
  }
  if (isCut(outgoing)) return;
  writeHead(outgoing, response.status, response.headers, response.statusText);
  if (run && hasBody) return writeRun(run, incoming, exchange);
  if (hasBody && response.body) await copyBody(response.body, outgoing);
  discardBody(incoming);
  outgoing.end();
}

/** Headers of a connection, of which HTTP/2 has none; how a body is framed is node's own affair. */
const ofConnection: ReadonlySet<string> = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

function writeHead(outgoing: ServerResponse, status: number, headers: Iterable<readonly [string, string]>, text = ""): void {
  const isHttp2 = http2StreamOf(outgoing) !== undefined;
  const lines: string[] = [];
  for (const [name, value] of headers) {
    if (!(isHttp2 ? ofConnection.has(name) : name === "transfer-encoding")) lines.push(name, value);
  }
  if (text === "" || isHttp2) outgoing.writeHead(status, lines);
  else outgoing.writeHead(status, text, lines);
}

function isCut(outgoing: ServerResponse): boolean {
  return (http2StreamOf(outgoing) ?? outgoing).destroyed;
}

function cut(outgoing: ServerResponse): void {
  const stream = http2StreamOf(outgoing);
  if (stream) stream.close(internalError);
  else outgoing.destroy();
}

/** The code of HTTP/2 for a stream that the server cannot go on with (RFC 9113, section 7). */
const internalError = 2;

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
    if (isCut(outgoing)) resolve();
    else outgoing.on("drain", done).on("close", done);
  });
}
