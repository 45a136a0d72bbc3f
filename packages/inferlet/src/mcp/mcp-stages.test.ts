import { MessageChannel } from "node:worker_threads";
import { StageError } from "@iftk/core";
import { serveStages, workerStage } from "@iftk/core/worker";
import { countedAbort } from "@iftk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Mcp, McpConnection } from "../session/mcp.js";
import { mcpErrorOf } from "../session/mcp-error.js";
import { inMemoryNotes } from "./fixtures/in-memory-notes.js";
import { mcpServers } from "./mcp-servers.js";
import { mcpOver, mcpStages, type McpStages } from "./mcp-stages.js";

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason, error.message] : error));

let notes = inMemoryNotes();
let mcp: Mcp;
let stages: McpStages;
let close: () => void;

/** Each test has servers on the other side of a port, as a program in a thread has them. */
beforeEach(() => {
  notes = inMemoryNotes();
  const { port1, port2 } = new MessageChannel();
  const servers = mcpServers({ notes: notes.address, gone: { url: "http://127.0.0.1:1/mcp" } });
  serveStages(port1, { ...mcpStages(servers) });
  stages = { connect: workerStage<McpStages["connect"]>(port2, "connect", "output-stream"), request: workerStage<McpStages["request"]>(port2, "request", "output-stream") };
  mcp = mcpOver(stages, servers.availableServers());
  close = () => port1.close();
});
afterEach(() => close());

async function use<T>(what: (connection: McpConnection) => Promise<T>): Promise<T> {
  await using connection = await mcp.connect("notes");
  return await what(connection);
}

test("a connection says and gives what it does at the other side, and is closed there", async () => {
  const told: number[] = [];
  const seen = await use(async (connection) => [
    connection.server,
    connection.instructions,
    notes.open,
    (await connection.tools()).length,
    (await connection.callTool("add", { a: 1, b: 2 })).structured,
    await connection.callTool("fail"),
    (await connection.resources()).length,
    await connection.resourceTemplates(),
    await connection.readResource("note://1"),
    (await connection.prompts()).length,
    (await connection.prompt("sum", { note: "one" })).messages.length,
    await connection.callTool("count", { to: 3 }, { onProgress: ({ progress }) => void (told.push(progress) && progress === 3 && void connection.callTool("counted")) }),
  ]);
  expect([seen, told.at(-1), mcp.availableServers()]).toEqual([
    [{ name: "notes", version: "1.2.3" }, "Ask for notes.", 1, 8, { sum: 3 }, { content: [{ type: "text", text: "no such note" }], isError: true }, 2, [], [{ uri: "note://1", mediaType: "text/plain", text: "one" }], 1, 1, { content: [], isError: false }],
    3,
    ["notes", "gone"],
  ]);
  await expect.poll(() => notes.open).toBe(0);
});

test("what a server tells of an error comes along, and so do others", async () => {
  const error: unknown = await use((connection) => connection.readResource("note://broken").catch((caught: unknown) => caught));
  expect([await failureOf(Promise.reject(error as StageError)), mcpErrorOf(error)]).toEqual([["unknown", "mcp", "mcp: notes: the note secret-value-1 is torn"], { code: -32050, message: "the note secret-value-1 is torn", data: { page: 3 } }]);
  const unknown: unknown = await mcp.connect("toString").catch((caught: unknown) => caught);
  expect([await failureOf(Promise.reject(unknown as StageError)), mcpErrorOf(unknown)]).toEqual([
    ["not_found", "mcp", "mcp: no server toString is registered; there are notes, gone"],
    { code: -1, message: "no server toString is registered; there are notes, gone", data: undefined },
  ]);
  expect(await failureOf(mcp.connect("gone"))).toEqual(["unavailable", "connection", expect.stringContaining("127.0.0.1:1")]);
});

test("a call that is cancelled, or takes too long, ends there", async () => {
  const abort = countedAbort();
  const seen = await use(async (connection) => {
    const hanging = failureOf(connection.callTool("hang", { id: "port" }, { signal: abort.signal }));
    await connection.callTool("add", { a: 1, b: 1 });
    abort.abort(new Error("enough"));
    const late = failureOf(connection.callTool("hang", { id: "late" }, { timeout: 20 }));
    const ends = [await hanging, (await late as unknown[])[0]];
    await expect.poll(async () => (await connection.callTool("cancelled")).content).toEqual([{ type: "text", text: expect.stringContaining("port") as unknown }]);
    return ends;
  });
  expect([seen, abort.listeners]).toEqual([[new Error("enough"), "deadline_exceeded"], 0]);
});

test("the signal of connecting ends that, and not the connection", async () => {
  const [before, after] = [countedAbort(), countedAbort()];
  before.abort(new Error("before"));
  expect(await failureOf(mcp.connect("notes", { signal: before.signal }))).toEqual(new Error("before"));
  await using connection = await mcp.connect("notes", { signal: after.signal });
  after.abort(new Error("after"));
  expect([(await connection.tools()).length, after.listeners, notes.open]).toEqual([8, 0, 1]);
});

test("a closed connection takes no calls, and nothing but requests of it is taken", async () => {
  const connection = await mcp.connect("notes");
  await connection.close();
  await connection.close();
  expect(await failureOf(connection.tools())).toEqual(["failed_precondition", "closed", "mcp: the connection is closed"]);
  const asked = async (key: number, method: string): Promise<unknown> => failureOf((async () => {
    for await (const answer of stages.request({ key, method, args: [], isWatched: false })) return answer;
    return undefined;
  })());
  const holding = stages.connect({ name: "notes" })[Symbol.asyncIterator]();
  const { value } = (await holding.next()) as { readonly value: { readonly value: { readonly key: number } } };
  expect([await asked(value.value.key, "close"), await asked(99, "tools")]).toEqual([["unimplemented", undefined, "mcp: there is no request close"], ["failed_precondition", "closed", "mcp: the connection is closed"]]);
  await holding.return?.();
});
