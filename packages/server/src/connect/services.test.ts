import { createServer as createHttp1 } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { once } from "node:events";
import type { DescFile, DescMethodStreaming, DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { collect, StageError } from "@iftk/core";
import { buildFiles, errorDetailDesc, type ErrorDetail } from "@iftk/protobuf";
import { afterAll, describe, expect, it, vi } from "vitest";
import { connectListener } from "./connect-listener.js";
import { connectRoutes } from "./connect-routes.js";
import { serveConnect } from "./fixtures/serve-connect.js";
import { loud, shout } from "./fixtures/shout.js";

const file = buildFiles([
  {
    path: "clock.proto",
    package: "test",
    messages: [{ name: "Tick", fields: [{ name: "count", number: 1, type: "int32" }] }],
    services: [
      {
        name: "Clock",
        methods: [
          { name: "Now", input: "test.Tick", output: "test.Tick" },
          { name: "Ticks", input: "test.Tick", output: "test.Tick", givesStream: true },
          { name: "Later", input: "test.Tick", output: "test.Tick" },
        ],
      },
    ],
  },
])[0] as DescFile;
const desc = file.services[0] as DescService;
interface Tick {
  readonly count: number;
}

const onError = vi.fn();
const clock = {
  desc,
  implementation: {
    now({ count }: Tick) {
      if (count === 0) throw new StageError("failed_precondition", "There is no time.", { reason: "early" });
      return { count: count + 1 };
    },
    async *ticks({ count }: Tick) {
      for (let tick = 1; tick <= count; tick += 1) yield { count: tick };
      throw new StageError("unavailable", "Out of time.", { retryAfter: 5 });
    },
  },
};
const server = await serveConnect({ services: [clock], onError });
afterAll(() => server[Symbol.asyncDispose]());
const transport = createGrpcTransport({ baseUrl: server.url });
const [now, ticks, later] = desc.methods as [DescMethodUnary, DescMethodStreaming, DescMethodUnary];
const call = (method: DescMethodUnary, count: number) => transport.unary(method, undefined, undefined, undefined, { count }).then(({ message }) => (message as unknown as Tick).count, told);
const told = (error: ConnectError): unknown => {
  const { reason, retryAfter } = (error.findDetails(errorDetailDesc)[0] ?? {}) as Partial<ErrorDetail>;
  return { code: error.code, reason, retryAfter };
};

describe("a service beside that of the tasks", () => {
  it("is served, and its errors are told as those of tasks are", async () => {
    const { message } = await transport.stream(ticks, undefined, undefined, undefined, (async function* () {
      yield { count: 2 };
    })());
    const counts: number[] = [];
    const failed = (async () => {
      for await (const tick of message) counts.push((tick as unknown as Tick).count);
    })().catch(told);
    expect([await call(now, 1), await call(now, 0), await failed, counts]).toEqual([
      2,
      { code: Code.FailedPrecondition, reason: "early", retryAfter: undefined },
      { code: Code.Unavailable, reason: undefined, retryAfter: 5 },
      [1, 2],
    ]);
    expect(onError.mock.calls.map(([error, method]) => `${method as string}: ${(error as StageError).code}`).toSorted()).toEqual(["Now: failed_precondition", "Ticks: unavailable"]);
  });

  it("says of a method that it has not that it is not there", async () => {
    expect(await call(later, 1)).toEqual(expect.objectContaining({ code: Code.Unimplemented }));
  });
});

describe("connectListener", () => {
  it("leaves requests for anything else to its fallback", async () => {
    const routes = connectRoutes({ tasks: [shout], models: [loud], domain: "Test" });
    const other = createHttp1(connectListener(routes, { fallback: (_request, response) => void response.end("page") }));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { message } = await createConnectTransport({ baseUrl: url, httpVersion: "1.1" }).unary(routes.service.methods[0] as DescMethodUnary, undefined, undefined, undefined, { text: "a" });
    expect([await (await fetch(`${url}/page`)).text(), JSON.stringify(message).includes('"A!"')]).toEqual(["page", true]);
    other.closeAllConnections();
    other.close();
  });

  it("says 404 where there is none", async () => {
    expect((await fetch(`${server.plainUrl}/other`)).status).toBe(404);
  });

  it("answers a request without a host, and goes on", async () => {
    const socket = connect(Number(new URL(server.plainUrl).port), "127.0.0.1");
    socket.end(`POST /test.Clock/Now HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
    const answer = Buffer.concat((await collect(socket)) as Buffer[]).toString();
    expect([answer.slice(0, 12), await call(now, 1)]).toEqual(["HTTP/1.1 400", 2]);
  });

  it("refuses bidi calls over HTTP/1.1, which cannot carry them", async () => {
    const method = server.routes.service.methods.find(({ methodKind }) => methodKind === "bidi_streaming");
    const response = await fetch(`${server.plainUrl}/${server.routes.service.typeName}/${method?.name}`, { method: "POST", headers: { "content-type": "application/connect+json" }, body: "" });
    expect(response.status).toBe(505);
  });
});
