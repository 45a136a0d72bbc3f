import { feed } from "@iftk/testing";
import { afterAll, expect, test } from "vitest";
import { createMessaging } from "../messaging/create-messaging.js";
import { createRuntime } from "../runtime/create-runtime.js";
import { testThreads } from "../runtime/fixtures/test-runtime.js";
import { ScriptedBackend } from "../scripted-backend.js";
import * as programs from "./fixtures/quick-start.js";

const backend = new ScriptedBackend({ reply: (prompt) => (prompt.includes("Hello, world!") ? "Hello to you, too." : "One. Two.") });
const messaging = createMessaging();
const module = new URL("fixtures/quick-start.ts", import.meta.url);
const options = { models: { small: backend }, messaging, user: "ada" };
const here = createRuntime({ registry: Object.entries(programs).map(([name, program]) => ({ name, version: "1.0.0", program })), ...options });
const threads = createRuntime({ registry: Object.keys(programs).map((name) => ({ name, version: "1.0.0", module, export: name })), threads: testThreads, ...options });
afterAll(async () => {
  await Promise.all([here.close(), threads.close()]);
  await messaging.close();
});

test.each([["here", here], ["in threads", threads]])("the programs of the document run %s", async (_, runtime) => {
  const sentBy = async (name: string, ...input: string[]): Promise<unknown[]> => {
    const sent: unknown[] = [];
    const value = await runtime.spawn(name, undefined, { input: feed(...input), onSend: (message) => sent.push(message) });
    return [...sent, value];
  };
  expect([await sentBy("hello"), (await sentBy("events", "Count.")).join(""), await sentBy("topics")]).toEqual([
    ["Hello to you, too.", undefined],
    "One. Two.",
    [["message", "news"], "Hello to you, too.", [["small"], "ada", "string"]],
  ]);
});
