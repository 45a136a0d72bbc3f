import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { connect as dialTcp } from "node:net";
import { bidi, outputStream } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { until } from "./fixtures/loopback.js";
import { startProgram } from "./fixtures/start-program.js";
import { listen, type Listening } from "./listen.js";
import { serve } from "./serve.js";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** A server of a stage that gives a value and then waits for the test. */
async function start() {
  const state = { open: () => {}, closed: 0, server: undefined as unknown as Listening };
  const wait = new Promise<void>((resolve) => (state.open = resolve));
  async function* waiting(signal: AbortSignal): Stream<string> {
    const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    try {
      yield "a";
      await Promise.race([wait, left]);
      yield "b";
    } finally {
      state.closed += 1;
    }
  }
  const routes = { stage: outputStream((_: unknown, { signal }) => waiting(signal)), socket: bidi((_: Stream<unknown>, { signal }) => waiting(signal)) };
  state.server = await listen(serve(routes), { port: 0 });
  open.push(() => state.server.close({ grace: 0 }));
  return state;
}

async function post(url: string): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await fetch(`${url}/stage`, { method: "POST", headers: { "content-type": "application/json" }, body: "1" });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  return reader;
}

async function restOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  for (let part; !(part = await reader.read()).done; ) text += new TextDecoder().decode(part.value);
  return text;
}
const rest = 'id: 2\ndata: "b"\n\nevent: end\nid: 3\ndata: {}\n\n';

/** Asks on a connection of the agent. */
function ask(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent }, (response) => resolve(response.resume())).on("error", reject));
}

describe("a server that goes", () => {
  it("refuses new calls, on old connections and on new ones, as long as something runs", async () => {
    const state = await start();
    const { server } = state;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(() => agent.destroy());
    await ask(server.url, agent);
    await until(() => Object.keys(agent.freeSockets).length > 0);
    const reader = await post(server.url);
    const draining = server.drain();
    const answers = [await ask(`${server.url}/health`, agent), await ask(`${server.url}/health`, agent)];
    expect(answers.map(({ statusCode, headers }) => [statusCode, headers.connection, headers["retry-after"]])).toEqual([
      [503, "close", "1"],
      [503, "close", "1"],
    ]);
    expect(await (await fetch(`${server.url}/stage`, { method: "POST" })).json()).toEqual({ error: { code: "unavailable", reason: "draining", message: "The server is going; call another one.", retryAfter: 1000 } });
    state.open();
    expect(await restOf(reader)).toBe(rest);
    await draining;
    await server.closed;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it("goes at once where nothing runs, and when it is told to hurry", async () => {
    const { server } = await start();
    await server.drain();
    const other = await start();
    const reader = await post(other.server.url);
    const draining = other.server.drain();
    await other.server.close({ grace: 1 });
    await expect(reader.read()).rejects.toThrow();
    await draining;
  });

  it("does not wait for connections on which nothing was asked", async () => {
    const { server } = await start();
    const connection = dialTcp(server.port, "127.0.0.1");
    open.push(() => connection.destroy());
    await once(connection, "connect");
    await server.close({ grace: 20_000 });
    await once(connection.resume(), "close");
    expect(connection.bytesRead).toBe(0);
  });

  it("sends the clients of HTTP/2 elsewhere, and lets their calls come to their end", async () => {
    const state = await start();
    const { server } = state;
    const session = connect(server.url);
    session.on("error", () => {});
    const stream = session.request({ ":method": "POST", ":path": "/stage", "content-type": "application/json" });
    stream.setEncoding("utf8").end("1");
    await once(stream, "data");
    const closing = server.close();
    await once(session, "goaway");
    state.open();
    let text = "";
    for await (const chunk of stream) text += chunk as string;
    expect(text).toBe(rest);
    await closing;
  });

  it("cuts the calls of HTTP/2 that go on after the grace", async () => {
    const state = await start();
    const { server } = state;
    const session = connect(server.url);
    session.on("error", () => {});
    const stream = session.request({ ":method": "POST", ":path": "/stage", "content-type": "application/json" });
    stream.on("error", () => {});
    stream.end("1");
    await once(stream, "response");
    await server.close({ grace: 1 });
    await until(() => stream.destroyed);
    await until(() => state.closed > 0);
    expect(state.closed).toBe(1);
  });

  it("lets sockets come to their end, refuses new ones, and cuts those that go on", async () => {
    const state = await start();
    const { server } = state;
    const url = `${server.url.replace("http", "ws")}/socket`;
    const dial = async (): Promise<{ socket: WebSocket; messages: string[] }> => {
      const socket = new WebSocket(url, "iftk.v1");
      const messages: string[] = [];
      socket.on("message", (data: Buffer) => messages.push(data.toString()));
      socket.on("error", () => {});
      await once(socket, "open");
      socket.send(JSON.stringify({ kind: "open", version: 1, credit: 10 }));
      return { socket, messages };
    };
    const { socket, messages } = await dial();
    await until(() => messages.length > 0);
    const draining = server.drain();
    const refused = new WebSocket(url, "iftk.v1");
    const [, response] = (await once(refused, "unexpected-response")) as [unknown, IncomingMessage];
    refused.on("error", () => {}).terminate();
    expect(response.statusCode).toBe(503);
    state.open();
    await once(socket, "close");
    expect(messages.at(-1)).toContain('"end"');
    await draining;
  });
});

describe("a program that gets SIGTERM", () => {
  it("refuses new calls, lets those that run come to their end, and then ends", async () => {
    const program = startProgram("drained-server");
    open.push(() => program.kill("SIGKILL"));
    let output = "";
    let errors = "";
    program.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    program.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const exit = once(program, "exit");
    await Promise.race([once(program.stdout, "data"), exit]);
    const [url = ""] = output.split("\n");
    expect([errors, url]).toEqual(["", expect.stringMatching(/^http:/)]);
    const reader = await post(url);
    program.kill("SIGTERM");
    for (let status = 0; status !== 503; await turns()) status = (await fetch(`${url}/health`)).status;
    program.stdin.write("\n");
    expect(await restOf(reader)).toBe(rest);
    expect([await exit, output.split("\n")[1]]).toEqual([[0, null], "closed"]);
  });
});
