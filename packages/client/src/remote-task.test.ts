import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { collect } from "@iftk/core";
import { defineTask } from "@iftk/core/task";
import { encodeFrame } from "@iftk/wire";
import { afterAll, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { remoteTask } from "./remote-task.js";

const sizing = defineTask({ name: "text-sizing", input: { whole: z.string() }, output: { whole: z.coerce.date() }, parameters: z.object({ unit: z.string().default("letter") }) });

/** A server that writes down what it is asked. */
const asked: unknown[] = [];
const server = createServer((incoming, outgoing) => {
  let body = "";
  incoming.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
  incoming.on("end", () => {
    asked.push([incoming.url, incoming.headers.authorization, JSON.parse(body)]);
    outgoing.writeHead(200, { "content-type": "text/event-stream" });
    outgoing.end(encodeFrame({ kind: "value", id: 1, value: "2020-02-02" }) + encodeFrame({ kind: "end", id: 2 }));
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe("a remote task", () => {
  it("is asked at the paths of its modes, with model, token and parameters, and gives what the task says", async () => {
    const task = remoteTask(sizing, `${url}/base/`, { model: "a/b", token: "secret" });
    expect([await task.run("a"), await collect(task.with({ unit: "word" }).outputStream("b"))]).toEqual([new Date("2020-02-02"), [new Date("2020-02-02")]]);
    await remoteTask(sizing, new URL(url)).unary("c");
    expect(asked).toEqual([
      ["/base/api/v1/task/text-sizing", "Bearer secret", { model: "a/b", input: "a" }],
      ["/base/api/v1/task/server-streaming-text-sizing", "Bearer secret", { model: "a/b", parameters: { unit: "word" }, input: "b" }],
      ["/api/v1/task/text-sizing", undefined, { input: "c" }],
    ]);
  });

  it("is an implementation of its task, all of whose flavours are given", () => {
    const task = remoteTask(sizing, url);
    expectTypeOf(task.run).parameter(0).toEqualTypeOf<string>();
    expect(task.given).toEqual(["unary", "output-stream", "input-stream", "bidi"]);
  });
});
