import { collect, from, type StageError, type Stream } from "@iftk/core";
import type { ChatRequest } from "@iftk/inference";
import { batchStage, type BatchItem, type BatchPart, type BatchResult } from "@iftk/inference/batch";
import { stageLaws } from "@iftk/testing";
import { fakeAnthropic, faults, type AnthropicBody } from "@iftk/testing/providers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { anthropic } from "./index.js";

const key = "sk-ant-api03-0123456789abcdef";
const model = "claude-haiku-5-5";
const request = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({ messages: [{ role: "user", content }], ...more });
const items: readonly BatchItem[] = ["one", "two", "three"].map((id) => ({ id, request: request(`Say ${id}.`) }));

function textOf([first]: AnthropicBody["messages"]): string {
  const [block] = Array.isArray(first?.content) ? first.content : [];
  return block?.type === "text" ? block.text : "";
}

const fake = await fakeAnthropic({
  key,
  looks: 1,
  reply: ({ messages }) => {
    const text = textOf(messages);
    if (text === "Fail.") return { error: { type: "overloaded_error", message: "Overloaded" } };
    return { content: [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }, { type: "text", text }], usage: { output_tokens: 7 } };
  },
});
afterAll(() => fake.close());
beforeEach(() => fake.clear());

const jobs = () => anthropic({ apiKey: key, baseUrl: fake.url }).batch({ model, maxTokens: 50 });
const submit = async () => (await jobs().submit(items)).id;
const results = (parts: readonly BatchPart[]): BatchResult[] => parts.filter((part) => part.type === "result");

describe("a batch", () => {
  test("is sent in the form of the API, looked at and read", async () => {
    const id = await submit();
    expect(fake.requests[0]?.json()).toEqual({ requests: items.map(({ id }) => ({ custom_id: id, params: { model, max_tokens: 50, messages: [{ role: "user", content: [{ type: "text", text: `Say ${id}.` }] }] } })) });
    expect(await jobs().status(id)).toEqual({ id, raw: "ended", state: "ended", total: 3, done: 3, failed: 0 });
    expect((await collect(jobs().results(id))).map(({ id, reply }) => [id, reply?.text, reply?.reasoning, reply?.finish.usage.outputTokens, reply?.message])).toEqual(
      ["one", "two", "three"].map((id) => [id, `Say ${id}.`, "Hm.", 7, { role: "assistant", content: [{ type: "reasoning", text: "Hm.", signature: "c2ln" }, { type: "text", text: `Say ${id}.` }] }]),
    );
  });

  test("that is not over cannot be read", async () => {
    const slow = await fakeAnthropic({ looks: 5 });
    const jobs = anthropic({ apiKey: key, baseUrl: slow.url }).batch({ model });
    const { id } = await jobs.submit(items);
    await expect(collect(jobs.results(id))).rejects.toMatchObject({ code: "failed_precondition", message: expect.stringContaining(id) as string });
    await slow.close();
  });

  test("that is cancelled tells so of its items", async () => {
    const id = await submit();
    await jobs().cancel(id);
    const [result] = await collect(jobs().results(id));
    expect([result?.error?.code, await jobs().status(id)]).toMatchObject(["canceled", { state: "ended", done: 3, failed: 3 }]);
  });

  test("that nobody knows is not found", async () => {
    await expect(jobs().status("msgbatch_?/..")).rejects.toMatchObject({ code: "not_found" });
    expect(fake.requests[0]?.path).toBe("/v1/messages/batches/msgbatch_%3F%2F..");
  });

  test("with a bad id, the same id twice or a bad request is not sent", async () => {
    const bad = [[{ id: "a b", request: request("?") }], [items[0], items[0]], [{ id: "a", request: request("?", { choices: 2 }) }]] as BatchItem[][];
    const codes = await Promise.all(bad.map((some) => jobs().submit(some).catch((error: unknown) => (error as StageError).code)));
    expect([codes, fake.requests]).toEqual([["invalid_argument", "invalid_argument", "unimplemented"], []]);
  });

  test("of which one item is sampled is asked in the version of the API that takes it", async () => {
    await anthropic({ apiKey: key, baseUrl: fake.url }).batch({ model: "claude-sonnet-4-5" }).submit([...items, { id: "four", request: request("?", { temperature: 0 }) }]);
    expect(fake.requests[0]?.headers.get("anthropic-version")).toBe("2023-06-01");
  });
});

const ended = await submit();
await jobs().status(ended);

describe("results", () => {
  test("that are cut, between lines or within one, are an error after those that came", async () => {
    const id = await submit();
    await jobs().status(id);
    const body = await (await fetch(`${fake.url}/v1/messages/batches/${id}/results`, { headers: { "x-api-key": key, "anthropic-version": "2026-10-21" } })).text();
    const found: unknown[] = [];
    for (const place of [0, body.indexOf("\n") + 1, body.indexOf("\n") + 40, body.length - 2]) {
      fake.faultOn("GET /v1/messages/batches/:id/results", faults.truncate(place));
      const given: string[] = [];
      const error: unknown = await read(jobs().results(id), given).catch((error: unknown) => error);
      found.push([given.length, (error as StageError).code, (error as StageError).reason]);
    }
    expect(found).toEqual([[0, "unavailable", "truncated"], [1, "unavailable", "truncated"], [1, "unavailable", "truncated"], [2, "unavailable", "truncated"]]);
  });

  async function read(stream: Stream<BatchResult>, given: string[]): Promise<void> {
    for await (const { id } of stream) given.push(id);
  }

  stageLaws("results of a batch", { stage: () => jobs().results, input: [ended] });
});

test("items that fail, at the provider or before, are results like the others", async () => {
  const wrong: BatchItem[] = [{ id: "four", request: request("Fail.") }, { id: "five", request: request("?", { logprobs: 3 }) }, { id: "bad id", request: request("?") }];
  const parts = await collect(batchStage(jobs(), { interval: 1 })(from([...items, ...wrong])));
  expect(results(parts).map(({ id, reply, error }) => [id, reply?.text ?? error?.code])).toEqual([
    ["five", "unimplemented"], ["bad id", "invalid_argument"],
    ["one", "Say one."], ["two", "Say two."], ["three", "Say three."], ["four", "unavailable"],
  ]);
  expect(parts.at(-1)).toEqual({ type: "progress", total: 6, done: 6, failed: 3 });
});
