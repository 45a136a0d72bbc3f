import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bidi, unary } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { until } from "./fixtures/loopback.js";
import { post } from "./fixtures/requests.js";
import { BareClient, closeSockets, opening, valueFrame } from "./fixtures/sockets.js";
import { serve } from "./serve.js";
import { acceptWebSocket } from "./web-socket.js";

const servers: { close(): void }[] = [];
afterEach(() => {
  closeSockets();
  for (const server of servers.splice(0)) server.close();
});

const state = { closed: 0 };
const exclaim = bidi(async function* exclaim(words: Stream<string | Uint8Array>) {
  try {
    for await (const word of words) yield typeof word === "string" ? `${word}!` : word;
  } finally {
    state.closed += 1;
  }
});
const handler = serve({ exclaim });

/** A server that gives Web requests and standard sockets, as Deno does. */
async function host(): Promise<number> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "iftk.v1" });
  server.on("upgrade", (incoming, connection, head) => {
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, { headers: incoming.headers as Record<string, string> });
    const taken = acceptWebSocket(handler, request);
    if (taken instanceof Response) connection.end(`HTTP/1.1 ${taken.status} \r\n\r\n`);
    else sockets.handleUpgrade(incoming, connection, head, taken);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("acceptWebSocket", () => {
  it("runs a stage over a standard WebSocket, to its end and when the client goes", async () => {
    const port = await host();
    const client = await new BareClient(port, "/exclaim").say(opening);
    await until(() => client.frames.length === 1);
    await client.say(valueFrame("a"), new Uint8Array([1]), { kind: "end", id: 3 });
    await until(() => client.code !== undefined);
    expect([client.frames.slice(1), client.code]).toEqual([[valueFrame("a!"), new Uint8Array([1]), { kind: "end", id: 3 }], 1000]);
    const leaving = await new BareClient(port, "/exclaim").say(opening);
    await until(() => leaving.frames.length === 1);
    leaving.socket.terminate();
    await until(() => state.closed === 2);
  });

  it("refuses in plain HTTP what may have no socket", async () => {
    const refused = acceptWebSocket(handler, post("/exclaim", "", { headers: { origin: "https://evil.example", "sec-websocket-protocol": "iftk.v1" } })) as Response;
    const unknown = acceptWebSocket(() => new Response(), post("/exclaim", "")) as Response;
    expect([refused.status, unknown.status]).toEqual([403, 501]);
  });
});

describe("the deadline of a POST", () => {
  it("is that of the stage", async () => {
    const mute = serve({ mute: unary((_input: unknown) => new Promise(() => {})) });
    const late = await mute(post("/mute", 1, { headers: { "iftk-timeout": "20" } }));
    const wrong = await mute(post("/mute", 1, { headers: { "iftk-timeout": "soon" } }));
    expect([late.status, (await late.json() as { error: object }).error, wrong.status]).toEqual([504, expect.objectContaining({ code: "deadline_exceeded" }), 400]);
  });
});
