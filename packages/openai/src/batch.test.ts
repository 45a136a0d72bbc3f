import { collect, from, type StageError, type Stream } from "@iftk/core";
import type { ChatRequest, Message } from "@iftk/inference";
import { batchStage, type BatchItem, type BatchPart, type BatchResult } from "@iftk/inference/batch";
import { stageLaws, turns } from "@iftk/testing";
import { fakeOpenai, faults, type FakeOpenaiOptions, type FakeProvider } from "@iftk/testing/providers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openai } from "./engine.js";
import { atOpenai } from "./fixtures/asked.js";

const key = "sk-test-0123456789abcdef";
const request = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({ messages: [{ role: "user", content }], ...more });
const items: readonly BatchItem[] = ["one", "two", "three"].map((id) => ({ id, request: request(`Say ${id}.`) }));
const said = { text: ["I ", "say."], usage: { input: 3, output: 7 } };

const start = (options: FakeOpenaiOptions = {}) => fakeOpenai({ key, isCompatible: true, reply: said, ...options });
const fake = await start();
afterAll(() => fake.close());
beforeEach(() => fake.clear());

const jobsAt = ({ url }: FakeProvider, api = "chat-completions") => openai({ apiKey: key, baseUrl: `${url}/v1` }).batch({ model: "gpt-x", api });
const jobs = jobsAt(fake);
const told = (results: readonly BatchPart[]): unknown[] => results.flatMap((part) => (part.type === "result" ? [[part.id, part.reply?.text ?? part.error?.code]] : []));

describe("a batch", () => {
  test.each(["chat-completions", "responses"])("is sent by %s as a file, looked at and read", async (api) => {
    const jobs = jobsAt(fake, api);
    const { id } = await jobs.submit(items);
    const [upload, create] = fake.requests;
    const file = (await upload?.form())?.get("file") as File;
    const lines = (await file.text()).trimEnd().split("\n").map((line) => JSON.parse(line) as { readonly custom_id: string; readonly body: { readonly model: string; readonly stream?: boolean; readonly stream_options?: unknown } });
    const url = `/v1/${api.replace("-", "/")}`;
    expect([file.name, lines.map((line) => [line.custom_id, line.body.model, line.body.stream, line.body.stream_options]), create?.json()]).toEqual([
      "batch.jsonl",
      items.map((item) => [item.id, "gpt-x", undefined, undefined]),
      { input_file_id: expect.any(String) as string, endpoint: url, completion_window: "24h" },
    ]);
    expect(await jobs.status(id)).toEqual({ id, raw: "completed", state: "ended", total: 3, done: 3, failed: 0 });
    // Another engine, which would ask by another API, reads what is there.
    const results = await collect(jobsAt(fake).results(id));
    expect(results.map(({ id, reply }) => [id, reply?.text, reply?.finish.usage.outputTokens, reply?.finish.reason.unified])).toEqual(items.map((item) => [item.id, "I say.", 7, "stop"]));
  });

  test("by responses tells the phases of what was said, and sends those of earlier turns", async () => {
    const turn: Message = { role: "assistant", content: [{ type: "text", text: "Hm.", phase: "commentary" }, { type: "text", text: "I say.", phase: "answer" }] };
    await using labelled = await start({ reply: { commentary: "Hm.", text: "I say.", phase: "final_answer" } });
    const jobs = jobsAt(labelled, "responses");
    const { id } = await jobs.submit([{ id: "one", request: { messages: [...request("Say.").messages, turn, ...request("Again.").messages] } }]);
    const file = (await labelled.requests[0]?.form())?.get("file") as File;
    expect(JSON.parse(await file.text())).toMatchObject({ body: { input: [{}, { content: "Hm.", phase: "commentary" }, { content: "I say.", phase: "final_answer" }, {}] } });
    expect((await collect(jobs.results(id))).map(({ reply }) => reply?.message)).toEqual([turn]);
  });

  test("at OpenAI goes by responses unless it is told otherwise", async () => {
    await using own = await fakeOpenai();
    await atOpenai(own).batch({ model: "gpt-x" }).submit(items);
    expect(own.requests[1]?.json()).toMatchObject({ endpoint: "/v1/responses" });
  });

  test("that is not over cannot be read", async () => {
    await using slow = await start({ batches: { looks: 5 } });
    const jobs = jobsAt(slow);
    const { id } = await jobs.submit(items);
    expect(await jobs.status(id)).toMatchObject({ state: "running", raw: "in_progress" });
    await expect(collect(jobs.results(id))).rejects.toMatchObject({ code: "failed_precondition", message: expect.stringContaining(id) as string });
  });

  test("that is cancelled tells so of its items", async () => {
    const { id } = await jobs.submit(items);
    await jobs.cancel(id);
    expect(told(await collect(jobs.results(id)))).toEqual(items.map((item) => [item.id, "canceled"]));
    expect(await jobs.status(id)).toMatchObject({ state: "ended", raw: "cancelled" });
  });

  test("that expires has the items that were done, and an error for each other", async () => {
    await using slow = await start({ batches: { expiresAfter: 1 } });
    const jobs = jobsAt(slow);
    expect(told(await collect(jobs.results((await jobs.submit(items)).id)))).toEqual([["one", "I say."], ["two", "deadline_exceeded"], ["three", "deadline_exceeded"]]);
  });

  test("that the provider refuses after it was sent has an error for each of its items", async () => {
    await using strict = await start({ routes: { "GET /v1/batches/:id": ({ params: { id } }) => ({ body: { id, status: "failed", input_file_id: "file-0000000000000000000000", errors: { data: [{ line: 2, message: "Too long.", code: "context_length_exceeded" }, { line: 1, message: "Bad.", code: "invalid" }] } } }) } });
    const jobs = openai({ apiKey: key, baseUrl: `${strict.url}/v1` }).batch({ model: "gpt-x" });
    const results = await collect(jobs.results((await jobs.submit(items)).id));
    expect(results.map(({ id, error }) => [id, error?.code, error?.reason])).toEqual([["one", "invalid_argument", undefined], ["two", "invalid_argument", "context-length"], ["three", "invalid_argument", "context-length"]]);
  });

  test("that nobody knows is not found", async () => {
    await expect(jobs.status("batch_?/x")).rejects.toMatchObject({ code: "not_found" });
    expect(fake.requests[0]?.path).toBe("/v1/batches/batch_%3F%2Fx");
  });

  test("with a bad id, the same id twice or a bad request is not sent", async () => {
    const bad = [[{ id: "a b", request: request("?") }], [items[0], items[0]], [{ id: "a", request: request("?", { tools: [{ name: "t", parameters: {} }] }) }]] as BatchItem[][];
    const jobs = jobsAt(fake, "completions");
    const codes = await Promise.all(bad.map((some) => jobs.submit(some).catch((error: unknown) => (error as StageError).code)));
    expect([codes, fake.requests]).toEqual([["invalid_argument", "invalid_argument", "unimplemented"], []]);
  });

  test("is sent no more when the caller has left within the upload", async () => {
    const reason = new Error("The caller has left.");
    const abort = new AbortController();
    fake.fault(faults.hold());
    const sending = jobs.submit(items, { signal: abort.signal });
    while (fake.requests.length === 0) await turns();
    abort.abort(reason);
    await expect(sending).rejects.toBe(reason);
    await fake.idle();
    expect(fake.requests.length).toBe(1);
  });
});

const ended = (await jobs.submit(items)).id;
await jobs.status(ended);

describe("results", () => {
  test("that are cut, between lines or within one, are an error after those that came", async () => {
    const { output_file_id: file } = (await (await fetch(`${fake.url}/v1/batches/${ended}`, { headers: { authorization: `Bearer ${key}` } })).json()) as { output_file_id: string };
    const body = await (await fetch(`${fake.url}/v1/files/${file}/content`, { headers: { authorization: `Bearer ${key}` } })).text();
    const found: unknown[] = [];
    for (const place of [0, body.indexOf("\n") + 1, body.indexOf("\n") + 40, body.length - 2]) {
      fake.faultOn("GET /v1/files/:id/content", faults.truncate(place));
      const given: string[] = [];
      const error: unknown = await read(jobs.results(ended), given).catch((error: unknown) => error);
      found.push([given.length, (error as StageError).code, (error as StageError).reason]);
    }
    expect(found).toEqual([[0, "unavailable", "truncated"], [1, "unavailable", "truncated"], [1, "unavailable", "truncated"], [2, "unavailable", "truncated"]]);
  });

  test("whose connection breaks are an error of that kind", async () => {
    fake.faultOn("GET /v1/files/:id/content", faults.reset(40));
    await expect(collect(jobs.results(ended))).rejects.toMatchObject({ code: "unavailable" });
  });

  async function read(stream: Stream<BatchResult>, given: string[]): Promise<void> {
    for await (const { id } of stream) given.push(id);
  }

  stageLaws("results of a batch", { stage: () => jobs.results, input: [ended] });
});

test("items that fail, at the provider or before, are results like the others", async () => {
  await using strict = await start({ isCompatible: false, reply: (body) => (JSON.stringify(body).includes("Fail.") ? { error: { message: "Overloaded.", type: "server_error" } } : said) });
  const wrong: BatchItem[] = [{ id: "four", request: request("Fail.") }, { id: "bad id", request: request("?") }];
  const jobs = jobsAt(strict);
  const parts = await collect(batchStage(jobs, { interval: 1 })(from([...items, ...wrong])));
  expect(told(parts)).toEqual([["bad id", "invalid_argument"], ["one", "I say."], ["two", "I say."], ["three", "I say."], ["four", "unavailable"]]);
  expect(parts.at(-1)).toEqual({ type: "progress", total: 5, done: 5, failed: 2 });
});
