import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chat, openLlama } from "@iftk/llama";
import { listen, type Listening } from "@iftk/server";
import { bundlePage, startProgram, type BundledPage, type StartedProgram } from "@iftk/pages/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import type { Part } from "@iftk/inference";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "./app.js";
import { pageSource } from "./chat-page.js";
import { createHandler } from "./handler.js";
import { decodesAfterCancel, endless, watched } from "./model-stages.js";
import { statisticsOf } from "./statistics.js";

let page: BundledPage;
let backend: Awaited<ReturnType<typeof openLlama>>;

beforeAll(async () => {
  page = await bundlePage(pageSource);
  backend = await openLlama({ modelPath: tinyModelPath });
});
afterAll(async () => {
  await backend.close();
  await page[Symbol.asyncDispose]();
});

const post = (url: string, body: string, init: RequestInit = {}): Promise<Response> => fetch(`${url}/chat`, { method: "POST", headers: { "content-type": "application/json" }, body, ...init });
const ask = (content: string, role = "user"): string => JSON.stringify({ messages: [{ role, content }] });

describe("the app with the embedded model", () => {
  let server: Listening;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const app = await createApp({ modelPath: tinyModelPath, pageDirectory: page.directory });
    server = await listen(app.handler, { port: 0 });
    close = app.close;
  });
  afterAll(async () => {
    await server.close({ grace: 0 });
    await close();
  });

  test("streams text deltas with ids and ends with finish and the terminal mark", async () => {
    const response = await post(server.url, ask("Tell me a story about a fox."));
    const frames = (await response.text()).trim().split("\n\n");
    const parts = frames.slice(0, -1).map((frame) => JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? "") as Part);
    const text = parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");

    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(frames.map((frame) => Number(/^id: (\d+)$/m.exec(frame)?.[1]))).toEqual(frames.map((_, index) => index + 1));
    expect(parts.filter((part) => part.type === "text-delta").length).toBeGreaterThan(5);
    expect(text).toContain("fox");
    expect(parts.at(-1)).toMatchObject({ type: "finish", reason: { unified: "stop" } });
    expect(frames.at(-1)).toMatch(/^event: end$/m);
  });

  test.each([
    ["a body that is not JSON", "{oops", 400, "JSON"],
    ["a request without messages", "{}", 400, "messages"],
    ["an empty list of messages", '{"messages":[]}', 400, "messages"],
    ["a role that does not exist", ask("hi", "wizard"), 400, "role"],
    ["a body over the limit", ask("x".repeat(2 ** 20)), 413, "larger"],
    ["a prompt longer than the context", ask("fox and key ".repeat(2000)), 400, "context"],
  ])("refuses %s with a clear error and goes on serving", async (_, body, status, word) => {
    const refused = await post(server.url, body);
    const { error } = (await refused.json()) as { error: { code: string; message: string } };
    expect({ status: refused.status, code: error.code }).toEqual({ status, code: status === 413 ? "resource_exhausted" : "invalid_argument" });
    expect(error.message).toContain(word);

    const answered = await post(server.url, ask("hi"));
    expect(await answered.text()).toContain("event: end");
  });

  test.each(["/", "/stats", "/chat"])("tells pages of other origins nothing at %s", async (path) => {
    const response = await fetch(server.url + path, { method: "POST", headers: { origin: "https://evil.test", "content-type": "application/json" }, body: "{}" });
    expect(response.status).toBe(403);
  });

  test("shows the model and its counters", async () => {
    const response = await fetch(`${server.url}/stats`);
    expect(await response.json()).toEqual({
      model: expect.any(String),
      decodes: expect.any(Number),
      tokens: expect.any(Number),
      sequences: 0,
      kept: expect.any(Number),
      pending: 0,
    });
  });

  test.each([
    ["/", "text/html; charset=utf-8"],
    ["/page.js", "text/javascript; charset=utf-8"],
    ["/page.css", "text/css; charset=utf-8"],
    ["/icon.svg", "image/svg+xml"],
  ])("serves %s with its type, a strict policy and a validator", async (path, type) => {
    const response = await fetch(server.url + path);
    const again = await fetch(server.url + path, { headers: { "if-none-match": response.headers.get("etag") ?? "" } });
    const policy = response.headers.get("content-security-policy") ?? "";
    expect([response.status, response.headers.get("content-type"), response.headers.get("x-content-type-options"), again.status]).toEqual([200, type, "nosniff", 304]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
  });

  test("serves nothing outside the page's folder and takes no other methods", async () => {
    const statuses = [
      (await fetch(`${server.url}/../app.ts`)).status,
      (await fetch(`${server.url}/%2e%2e/app.ts`)).status,
      (await fetch(`${server.url}/..%2fapp.ts`)).status,
      (await fetch(`${server.url}/page.ts`)).status,
      (await fetch(server.url, { method: "DELETE" })).status,
    ];
    expect(statuses).toEqual([404, 404, 404, 404, 405]);
  });
});

test("a caller that is killed in mid-stream stops the decoding within one token", async () => {
  const { chat: stage, decodesAtCancel } = watched(endless(chat({ backend, temperature: 0 })), backend);
  const handler = await createHandler({ chat: stage, statistics: () => statisticsOf(backend), pageDirectory: page.directory });
  await using server = await listen(handler, { port: 0 });
  const caller = new AbortController();
  const response = await post(server.url, ask("Tell me a story about a fox."), { signal: caller.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  caller.abort();
  await expect(reader?.read()).rejects.toThrow();

  expect(await decodesAfterCancel(backend, decodesAtCancel)).toBeLessThanOrEqual(1);
  expect(await (await fetch(`${server.url}/stats`)).json()).toMatchObject({ sequences: 0, pending: 0 });
});

describe("the server's entry", () => {
  const runServer = (environment: Readonly<Record<string, string>>, args: readonly string[] = []): StartedProgram => startProgram(join(import.meta.dirname, "server.ts"), environment, args);

  test("says how to choose another port when the port is taken, and exits with 1", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const run = runServer({ PORT: String(port) });
    const { code, stderr } = await run.ended;
    other.close();
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(new RegExp(`${port}.*taken.*PORT=`))]);
  });

  test("refuses a port that is none before it loads anything", async () => {
    const { code, stderr } = await runServer({ PORT: "80a" }).ended;
    expect([code, stderr]).toEqual([1, 'PORT is "80a", which is not a port: give a whole number from 0 to 65535.\n']);
  });

  test("names a model file that is not there", async () => {
    const { code, stderr } = await runServer({ PORT: "0", IFTK_MODEL: "/nowhere/model.gguf" }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("/nowhere/model.gguf");
  });

  test("explains itself", async () => {
    const { code, stdout } = await runServer({}, ["--help"]).ended;
    expect(code).toBe(0);
    expect(stdout).toContain("IFTK_MODEL");
  });

  test("prints its address, answers, and leaves cleanly when it is interrupted", async () => {
    const run = runServer({ PORT: "0" });
    const url = await run.address;
    expect((await post(url, ask("hi"))).status).toBe(200);
    run.interrupt();
    expect((await run.ended).code).toBe(0);
  });
});
