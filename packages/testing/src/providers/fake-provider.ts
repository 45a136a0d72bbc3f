/** A provider's server on this machine, which answers as it is told to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Fault } from "./faults.js";
import { wireReply, type FakeReply } from "./fake-reply.js";
import { fakeRequest, longestBody, readBody, type FakeRequest } from "./fake-request.js";
import { routeFinder, type FakeRoutes } from "./fake-routes.js";
import { unlessGone, writeReply } from "./write-reply.js";

/** A running fake provider: an HTTP server on 127.0.0.1. */
export interface FakeProvider extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** All requests so far, in the order in which their bodies were there; those that no route fits too. */
  readonly requests: readonly FakeRequest[];
  /** Sockets with a request that is not over; kept-alive ones without a request are not counted. */
  readonly openSockets: number;
  /** Resolves when no request is in progress. */
  idle(): Promise<void>;
  /** Puts faults on the next requests, one each, in order. */
  fault(...faults: readonly Fault[]): void;
  /** Puts faults on the next requests of one route, named as it was given; they go before those of `fault`. */
  faultOn(route: string, ...faults: readonly Fault[]): void;
  /** Forgets requests, turns and faults, as if it had just started. */
  clear(): void;
  /** Ends it with all its connections, at once. */
  close(): Promise<void>;
}

/** Starts a fake provider with these routes. What no route fits is answered with 404. */
export async function fakeProvider(routes: FakeRoutes): Promise<FakeProvider> {
  const find = routeFinder(routes);
  const requests: FakeRequest[] = [];
  const turns = new Map<string, number>();
  const faults: Fault[] = [];
  const faultsOfRoutes = new Map<string, Fault[]>();
  const inProgress = new Set<ServerResponse>();
  const waiting: (() => void)[] = [];

  const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (message, response) => {
    const gone = new AbortController();
    inProgress.add(response);
    response.on("close", () => {
      gone.abort();
      inProgress.delete(response);
      if (inProgress.size === 0) for (const resolve of waiting.splice(0)) resolve();
    });
    exchange(message, response, gone.signal).catch(() => response.destroy());
  });

  async function exchange(message: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const closed = new Promise<void>((resolve) => gone.addEventListener("abort", () => resolve(), { once: true }));
    const url = new URL(message.url ?? "/", "http://127.0.0.1");
    const bytes = await readBody(message);
    if (bytes === undefined) return writeReply(response, wireReply({ status: 413, body: failure(`The body is longer than ${longestBody} bytes.`) }), gone);
    const found = find(message.method ?? "GET", url.pathname);
    const request = fakeRequest(message, url, found?.params ?? {}, bytes, closed);
    requests.push(request);
    const turn = found ? (turns.get(found.route) ?? 0) : 0;
    if (found) turns.set(found.route, turn + 1);
    const fault = (found && faultsOfRoutes.get(found.route)?.shift()) ?? faults.shift();
    const reply = found ? await unlessGone(answer(found.handler, request, turn), gone) : { status: 404, body: failure(`There is no route ${request.method} ${request.path}.`) };
    if (!reply) return;
    const onWire = fault ? await unlessGone(fault(wireReply(reply), request), gone) : wireReply(reply);
    if (onWire) await writeReply(response, onWire, gone);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get openSockets() {
      return inProgress.size;
    },
    idle: () => (inProgress.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    fault: (...more) => void faults.push(...more),
    faultOn(route, ...more) {
      if (!Object.hasOwn(routes, route)) throw new TypeError(`There is no route ${JSON.stringify(route)}; there are ${Object.keys(routes).join(", ")}.`);
      faultsOfRoutes.set(route, [...(faultsOfRoutes.get(route) ?? []), ...more]);
    },
    clear() {
      requests.length = 0;
      faults.length = 0;
      turns.clear();
      faultsOfRoutes.clear();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const failure = (message: string): object => ({ error: { message } });

/** What the handler answers; one that throws is told to the client, so that the test that fails over it says why. */
async function answer(handler: FakeRoutes[string], request: FakeRequest, turn: number): Promise<FakeReply> {
  try {
    return await handler(request, turn);
  } catch (error) {
    return { status: 500, body: failure(`The handler of ${request.method} ${request.path} failed: ${String(error)}`) };
  }
}
