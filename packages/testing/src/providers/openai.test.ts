import { expect, test } from "vitest";
import { fakeOpenai } from "./openai.js";

const ask = async (url: string, body: object, key?: string) => {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) }, body: JSON.stringify(body) });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};
const hello = { model: "gpt-x", messages: [{ role: "user", content: "Hello?" }] };

test("a chat completion comes in the chunks of the true one: the role first, the usage by itself, [DONE] last", async () => {
  await using fake = await fakeOpenai({ reply: { text: "Hi you" } });
  const { type, text } = await ask(`${fake.url}/v1/chat/completions`, { ...hello, stream: true, stream_options: { include_usage: true } });
  const chunks = text.split("\n\n").map((event) => event.replace(/^data: /u, ""));
  const choices = chunks.slice(0, -2).map((chunk) => (JSON.parse(chunk) as { choices: unknown[] }).choices);
  expect([type, chunks.slice(-2), choices]).toEqual([
    "text/event-stream; charset=utf-8",
    ["[DONE]", ""],
    [
      [{ index: 0, delta: { role: "assistant", content: "", refusal: null }, logprobs: null, finish_reason: null }],
      [{ index: 0, delta: { content: "Hi" }, logprobs: null, finish_reason: null }],
      [{ index: 0, delta: { content: " you" }, logprobs: null, finish_reason: null }],
      [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }],
      [],
    ],
  ]);
});

test("the events of a response are named and numbered, and their padding makes all deltas of a kind as long", async () => {
  await using fake = await fakeOpenai({ reply: { text: "Hi you there", toolCalls: [{ name: "look", arguments: "{}" }] } });
  const { text } = await ask(`${fake.url}/v1/responses`, { model: "gpt-x", input: "Hello?", stream: true });
  const events = text.trim().split("\n\n").map((event) => /^event: (.*)\ndata: (.*)$/u.exec(event)?.slice(1) ?? []);
  const data = events.map(([, json = "{}"]) => JSON.parse(json) as { type: string; sequence_number: number; delta?: string; obfuscation?: string });
  const lengths = data.flatMap(({ type, delta, obfuscation }) => (type === "response.output_text.delta" ? [`${delta}${obfuscation}`.length] : []));
  expect([events.map(([name]) => name), data.map(({ sequence_number: number }) => number), lengths]).toEqual([data.map(({ type }) => type), data.map((_, index) => index), [16, 16, 16]]);
});

test("a response says its commentary in a message of its own, which is labelled as what it is from its beginning", async () => {
  await using fake = await fakeOpenai({ reply: { commentary: "Hm.", text: "Hi", phase: "final_answer" } });
  const { text } = await ask(`${fake.url}/v1/responses`, { model: "gpt-x", input: "Hello?", stream: true });
  const events = [...text.matchAll(/^data: (.*)$/gmu)].map(([, json = "{}"]) => JSON.parse(json) as { readonly type: string; readonly output_index: number; readonly item?: { readonly id: string; readonly phase?: string } });
  expect(events.flatMap(({ type, output_index: index, item }) => (item ? [[type, index, item.phase]] : []))).toEqual(
    ["commentary", "final_answer"].flatMap((phase, index) => ["added", "done"].map((state) => [`response.output_item.${state}`, index, phase])),
  );
  expect(new Set(events.flatMap(({ item }) => item?.id ?? [])).size).toBe(2);
});

test.each([
  ["of a model", "assistant", "final_answer", 200],
  ["of a model with no label", "assistant", null, 200],
  ["of a model with another label", "assistant", "answer", 400],
  ["of the user", "user", "commentary", 400],
])("a message %s may be labelled as it may be at the true one: %s, %s", async (_, role, phase, status) => {
  await using fake = await fakeOpenai();
  expect(await ask(`${fake.url}/v1/responses`, { model: "gpt-x", input: [{ role, content: "Hi", phase }] })).toMatchObject({ status });
});

test.each<[string, string, object, object]>([
  ["a field that there is not", "chat/completions", { ...hello, top_k: 3 }, { code: "unknown_parameter", param: "top_k", message: "Unknown parameter: 'top_k'." }],
  ["a value of another kind", "chat/completions", { ...hello, temperature: 5 }, { code: "invalid_value", param: "temperature" }],
  ["an option of a stream without one", "chat/completions", { ...hello, stream_options: { include_usage: true } }, { code: "invalid_value" }],
  ["a field of another API", "responses", hello, {}],
  ["a request without a prompt", "completions", { model: "gpt-x" }, { param: "prompt" }],
])("%s is refused with 400", async (_, path, body, error) => {
  await using fake = await fakeOpenai();
  const { status, text } = await ask(`${fake.url}/v1/${path}`, body);
  expect([status, JSON.parse(text)]).toMatchObject([400, { error: { type: "invalid_request_error", ...error } }]);
});

test("another key than its own is refused with 401, which repeats it as the true one does", async () => {
  await using fake = await fakeOpenai({ key: "sk-right" });
  const wrong = await ask(`${fake.url}/v1/chat/completions`, hello, "sk-wrong");
  expect([wrong.status, JSON.parse(wrong.text)]).toMatchObject([401, { error: { code: "invalid_api_key", message: expect.stringContaining("sk-wrong") as string } }]);
  expect(await ask(`${fake.url}/v1/chat/completions`, hello, "sk-right")).toMatchObject({ status: 200, type: "application/json" });
});
