import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { fakeAnthropic } from "./anthropic.js";

const fake = await fakeAnthropic({ key: "k", looks: 2, deltaLength: 4 });
afterAll(() => fake.close());
beforeEach(() => fake.clear());

const headers = { "x-api-key": "k", "anthropic-version": "2026-10-21" };
const body = { model: "claude-haiku-5-5", max_tokens: 9, messages: [{ role: "user", content: "Å sea" }] };
const post = (path: string, value: unknown, more: object = {}) => fetch(`${fake.url}${path}`, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(value) });
const refusal = async (value: unknown, more: object = {}) => {
  const response = await post("/v1/messages", value, more);
  const { error } = (await response.json()) as { error: { type: string; message: string } };
  return [response.status, error.type, error.message];
};

describe("the fake of Anthropic", () => {
  test("streams a message in the events of the API", async () => {
    const text = await (await post("/v1/messages", { ...body, stream: true })).text();
    const events = text.trimEnd().split("\n\n").map((event) => event.split("\n").map((line) => line.replace(/^\w+: /, "")));
    expect(events.map(([name, data]) => [name, (JSON.parse(data ?? "") as { delta?: unknown }).delta])).toEqual([
      ["message_start", undefined], ["content_block_start", undefined], ["ping", undefined],
      ["content_block_delta", { type: "text_delta", text: "Å se" }], ["content_block_delta", { type: "text_delta", text: "a" }],
      ["content_block_stop", undefined], ["message_delta", { stop_reason: "end_turn", stop_sequence: null }], ["message_stop", undefined],
    ]);
  });

  test("gives a message whole", async () => {
    expect(await (await post("/v1/messages", body)).json()).toMatchObject({ type: "message", content: [{ type: "text", text: "Å sea" }], stop_reason: "end_turn", usage: { input_tokens: 10, output_tokens: 1 } });
  });

  test("takes a batch, ends it at the second look, and gives a result for each item", async () => {
    const requests = [{ custom_id: "a", params: body }, { custom_id: "b", params: { ...body, max_tokens: "many" } }];
    const { id } = (await (await post("/v1/messages/batches", { requests })).json()) as { id: string };
    const get = async (path: string) => (await fetch(`${fake.url}/v1/messages/batches/${id}${path}`, { headers })).text();
    const looks = [JSON.parse(await get("")), JSON.parse(await get(""))] as { processing_status: string; request_counts: object }[];
    const lines = (await get("/results")).trimEnd().split("\n").map((line) => JSON.parse(line) as { custom_id: string; result: { type: string } });
    expect([looks.map(({ processing_status, request_counts }) => [processing_status, request_counts]), lines.map(({ custom_id, result }) => [custom_id, result.type])]).toEqual([
      [["in_progress", expect.objectContaining({ processing: 2 })], ["ended", expect.objectContaining({ processing: 0, succeeded: 1, errored: 1 })]],
      [["a", "succeeded"], ["b", "errored"]],
    ]);
  });

  const user = { role: "user", content: "?" };
  const call = { role: "assistant", content: [{ type: "tool_use", id: "t", name: "now", input: {} }] };
  const refused: readonly [what: string, change: object, message: string][] = [
    ["an unknown field", { seed: 1 }, "Unrecognized key"],
    ["sampling in the newest version", { temperature: 1 }, "temperature: Extra inputs are not permitted"],
    ["an empty text", { messages: [{ role: "user", content: [{ type: "text", text: "" }] }] }, "non-empty"],
    ["a system message at the wrong place", { messages: [user, { role: "system", content: "a" }, user] }, "must be last or be followed by"],
    ["a call without its result", { messages: [user, call, user] }, "without `tool_result` blocks"],
    ["a result without its call", { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t" }] }] }, "unexpected `tool_use_id`"],
    ["a choice without tools", { tool_choice: { type: "any" } }, "while providing tools"],
    ["a budget beyond all tokens", { thinking: { type: "enabled", budget_tokens: 2000 } }, "must be greater than"],
    ["too many marks for the cache", { system: Array.from({ length: 5 }, () => ({ type: "text", text: "a", cache_control: { type: "ephemeral" } })) }, "maximum of 4"],
  ];
  test.each(refused)("refuses %s as the API does", async (_what, change, message) => {
    expect(await refusal({ ...body, ...change })).toEqual([400, "invalid_request_error", expect.stringContaining(message)]);
  });

  test("refuses another key and another version", async () => {
    expect([await refusal(body, { "x-api-key": "other" }), await refusal(body, { "anthropic-version": "2020-01-01" })]).toEqual([
      [401, "authentication_error", "invalid x-api-key"], [400, "invalid_request_error", "anthropic-version: a valid version is required"],
    ]);
  });
});
