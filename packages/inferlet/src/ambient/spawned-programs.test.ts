import { collect } from "@iftk/core";
import { feed } from "@iftk/testing";
import { afterAll, expect, test } from "vitest";
import { inMemoryNotes } from "../mcp/fixtures/in-memory-notes.js";
import { mcpServers } from "../mcp/mcp-servers.js";
import { createMessaging } from "../messaging/create-messaging.js";
import { createRuntime } from "../runtime/create-runtime.js";
import { testThreads } from "../runtime/fixtures/test-runtime.js";
import * as programs from "./fixtures/programs.js";

const notes = inMemoryNotes();
const mcp = mcpServers({ notes: notes.address });
const messaging = createMessaging();
const module = new URL("fixtures/programs.ts", import.meta.url);
const here = createRuntime({ registry: Object.entries(programs).map(([name, program]) => ({ name, version: "1.0.0", program })), messaging, mcp, user: "ada" });
const threads = createRuntime({ registry: Object.keys(programs).map((name) => ({ name, version: "1.0.0", module, export: name })), messaging, mcp, user: "ada", threads: testThreads });
afterAll(async () => {
  await Promise.all([here.close(), threads.close()]);
  await messaging.close();
});

test.each([["here", here], ["in threads", threads]])("programs that run %s use what is ambient, and those that they spawn have their own", async (_, runtime) => {
  const sent: unknown[] = [];
  const words = runtime.spawn("parent", undefined, { input: feed("a", "b"), onSend: (message) => sent.push(message) });
  const results = messaging.subscribe("results");
  const workers = [runtime.spawn("worker"), runtime.spawn("worker")];
  for (const n of [1, 2]) await messaging.push("work", n);
  await Promise.all(workers);
  const doubled: unknown[] = [];
  for await (const result of results) if (doubled.push(result) === 2) break;
  expect([await words, sent, new Set(doubled), await runtime.spawn("notes"), notes.open]).toEqual(["ada", ["a?!", "b?!"], new Set([2, 4]), { servers: ["notes"], server: "notes", structured: { sum: 3 } }, 0]);
});

test.each([["here", here], ["in threads", threads]])("a connection that a program %s leaves open is closed at its end", async (_, runtime) => {
  expect(await collect(runtime.spawnStage("forgetful")(feed()))).toEqual([1]);
  await expect.poll(() => notes.open).toBe(0);
});

test("a runtime without servers has none", async () => {
  await using bare = createRuntime({ registry: [{ name: "notes", version: "1.0.0", program: programs.notes }] });
  await expect(bare.spawn("notes")).rejects.toMatchObject({ code: "not_found", reason: "mcp", message: "mcp: no server notes is registered; there are none" });
});
