import { connect } from "node:http2";
import { Metadata, status } from "@grpc/grpc-js";
import { collect } from "@iftk/core";
import { bearerProtocol } from "@iftk/wire/socket";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../fixtures/loopback.js";
import { loud, shout, slow } from "../fixtures/shout.js";
import { BareClient, closeSockets, opening, valueFrame } from "../fixtures/sockets.js";
import { listen } from "../listen.js";
import { serve } from "../serve.js";
import { serveTasks, type ServeTasksOptions, type TaskServer } from "../tasks/serve-tasks.js";
import { connectFront } from "./connect-front.js";
import { clientOf, definitionOf, type ShoutClient } from "./fixtures/grpc-client.js";

const open: (() => unknown)[] = [];
afterEach(async () => {
  closeSockets();
  for (const close of open.splice(0).toReversed()) await close();
});

async function start(options: Partial<ServeTasksOptions> = {}) {
  const app = serveTasks({ tasks: [shout], models: [loud, slow], domain: "Nlp", tokens: ["secret"], ...options });
  const front = connectFront(app);
  const server = await listen(app, { port: 0, front });
  const client = clientOf<ShoutClient>(definitionOf(front.files), "caikit.runtime.Nlp.NlpService", new URL(server.url).host);
  open.push(() => server.close({ grace: 0 }), () => client.close());
  return { server, client };
}

const post = async (url: string, body: object, headers: Record<string, string> = {}): Promise<unknown[]> => {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json", ...headers }, body: JSON.stringify(body) });
  return [response.status, (await response.json()) as unknown];
};
const token = { authorization: "Bearer secret" };
const metadata = (model: string, headers: Record<string, string> = token): Metadata => {
  const made = new Metadata();
  for (const [name, value] of Object.entries({ ...headers, "mm-model-id": model })) made.set(name, value);
  return made;
};
const predict = (client: ShoutClient, text: string, headers?: Record<string, string>): Promise<unknown> =>
  new Promise((resolve) => {
    client.ShoutTaskPredict({ text }, metadata("loud", headers), {}, (error, answer) => resolve(error ? [status[error.code], error.details] : answer));
  });
const method = "/caikit.runtime.Nlp.NlpService/ShoutTaskPredict";

describe("one port for all wires", () => {
  it("serves a task over HTTP, WebSocket, gRPC and Connect, for those who know the token", async () => {
    const { server, client } = await start();
    const { url, port } = server;
    const bidi = client.BidiStreamingShoutTaskPredict(metadata("loud"));
    bidi.write({ text_stream: "a" });
    bidi.end();
    const overGrpc = collect(bidi);
    const socket = await new BareClient(port, "/api/v1/task/bidi-streaming-shout", { headers: token }).say(opening, valueFrame({ model: "loud", input: "a" }), { kind: "end", id: 2 });
    await until(() => socket.code !== undefined);
    const session = connect(url);
    open.push(() => session.destroy());
    const newer = session.request({ ":method": "POST", ":path": method, "content-type": "application/json", "mm-model-id": "loud", ...token });
    newer.setEncoding("utf8").end('{"text":"a"}');
    const overConnect = collect<string>(newer);
    expect([
      await post(`${url}/api/v1/task/shout`, { model: "loud", input: "ab" }, token),
      socket.frames.filter((frame) => "value" in frame).map((frame) => frame.value),
      await predict(client, "ab"),
      await overGrpc,
      await post(url + method, { text: "ab" }, { ...token, "mm-model-id": "loud" }),
      JSON.parse((await overConnect).join("")),
    ]).toEqual([[200, { value: { marks: ["A!", "B!"] } }], ["A!"], { marks: ["A!", "B!"] }, [{ value: "A!" }], [200, { marks: ["A!", "B!"] }], { marks: ["A!"] }]);
  });

  it("lets nobody in without a token, on any of them", async () => {
    const { server, client } = await start();
    const { url, port } = server;
    const wrong = { authorization: "Bearer other" };
    const sockets = [new BareClient(port, "/api/v1/task/bidi-streaming-shout"), new BareClient(port, "/api/v1/task/bidi-streaming-shout", { protocols: ["iftk.v1", bearerProtocol("other")] })];
    await until(() => sockets.every(({ code }) => code !== undefined));
    expect(sockets.map(({ frames }) => frames)).toEqual(["no-token", "bad-token"].map((reason) => [{ kind: "error", id: 1, error: expect.objectContaining({ code: "unauthenticated", reason }) }]));
    const bidi = client.BidiStreamingShoutTaskPredict(metadata("loud", wrong));
    await expect(collect(bidi)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect([
      (await post(`${url}/api/v1/task/shout`, { model: "loud", input: "a" }))[0],
      (await post(url + method, { text: "a" }))[0],
      await predict(client, "a", {}),
      await predict(client, "a", wrong),
      await post(`${url}/grpc.health.v1.Health/Check`, {}),
    ]).toEqual([401, 401, ["UNAUTHENTICATED", expect.any(String)], ["UNAUTHENTICATED", expect.any(String)], [200, { status: "SERVING" }]]);
  });

  it("counts the runs of all of them together", async () => {
    const { server, client } = await start({ maxRuns: 1 });
    const call = client.ServerStreamingShoutTaskPredict({ text: "a" }, metadata("slow"));
    call.on("error", () => {});
    await new Promise((resolve) => call.once("data", resolve));
    expect([await post(`${server.url}/api/v1/task/shout`, { model: "loud", input: "a" }, token), await predict(client, "a")]).toEqual([
      [503, { error: expect.objectContaining({ code: "unavailable", reason: "overloaded" }) }],
      ["UNAVAILABLE", "The server already runs 1 calls; try again later."],
    ]);
    call.cancel();
    await expect.poll(() => post(`${server.url}/api/v1/task/shout`, { model: "loud", input: "a" }, token)).toEqual([200, { value: { marks: ["A!"] } }]);
    expect(await predict(client, "a")).toEqual({ marks: ["A!"] });
  });

  it("says on all of them that it goes, while something runs", async () => {
    const { server, client } = await start();
    const running = client.ServerStreamingShoutTaskPredict({ text: "a" }, metadata("slow"));
    running.on("error", () => {});
    await new Promise((resolve) => running.once("data", resolve));
    const draining = server.drain();
    expect([await post(`${server.url}/grpc.health.v1.Health/Check`, {}), (await fetch(`${server.url}/health`)).status, await post(server.url + method, { text: "ab" }, token)]).toEqual([
      [200, { status: "NOT_SERVING" }],
      503,
      [503, expect.objectContaining({ code: "unavailable" })],
    ]);
    running.cancel();
    await draining;
  });

  it("has one limit of bytes, one log, and the same pages that may call", async () => {
    const heard: unknown[] = [];
    const { server, client } = await start({ maxBodyBytes: 500, maxMessageBytes: 1000, origins: ["https://app.test"], onError: (error, { route }) => void heard.push([route, (error as Error).message]) });
    expect([await predict(client, "a".repeat(900)), await predict(client, "a".repeat(1001)), await predict(client, "?")]).toEqual([
      { marks: Array.from({ length: 900 }, () => "A!") },
      ["RESOURCE_EXHAUSTED", expect.stringContaining("1000")],
      ["FAILED_PRECONDITION", "No questions."],
    ]);
    expect(heard).toEqual([["ShoutTaskPredict", "No questions."]]);
    const ask = async (origin: string, verb: string): Promise<unknown[]> => {
      const init = verb === "POST" ? { headers: { "content-type": "application/json", origin, ...token, "mm-model-id": "loud" }, body: '{"text":"a"}' } : { headers: { origin, "access-control-request-headers": "authorization" } };
      const { status: code, headers } = await fetch(server.url + method, { method: verb, ...init });
      return [code, headers.get("access-control-allow-origin"), headers.get("access-control-allow-headers"), headers.get("access-control-expose-headers")?.includes("Grpc-Status") ?? false];
    };
    expect([await ask("https://app.test", "OPTIONS"), await ask("https://app.test", "POST"), (await ask("https://evil.test", "OPTIONS")).slice(1)]).toEqual([
      [204, "https://app.test", "authorization", true],
      [200, "https://app.test", null, true],
      [null, null, false],
    ]);
  });
});

describe("connectFront", () => {
  it("refuses a handler that serves no tasks, and a domain that is no name", () => {
    expect(() => connectFront(serve({}) as TaskServer)).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining("serveTasks") }));
    expect(() => connectFront(serveTasks({ tasks: [shout], models: [loud], domain: "7" }))).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
