import { bidi, pipe, unary, type Stream } from "@iftk/core";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeAnthropic } from "@iftk/testing/providers";
import { afterAll } from "vitest";
import { anthropic } from "./index.js";

const key = "sk-ant-api03-0123456789abcdef";
const fake = await fakeAnthropic({ key, reply: () => ({ content: [{ type: "text", text: "Whales 🐋." }] }) });
afterAll(() => fake.close());

const jobsAt = (baseUrl: string) => anthropic({ apiKey: key, baseUrl }).batch({ model: "claude-haiku-5-5", maxTokens: 50 });
const items = ["one", "two", "three"].map((id) => ({ id, request: { messages: [{ role: "user" as const, content: `Say ${id}.` }] } }));
const { id } = await jobsAt(fake.url).submit(items);
await jobsAt(fake.url).status(id);

const headers = { "x-api-key": key, "anthropic-version": "2026-10-21" };
const textAt = async (path: string): Promise<string> => (await fetch(fake.url + path, { headers })).text();
const batch = await textAt(`/v1/messages/batches/${id}`);
const results = await textAt(`/v1/messages/batches/${id}/results`);

/** Without the name, which is another for each batch. */
const named = unary(function named() {
  return { type: "sent" };
});
/** A batch has no end of its own, which its laws look for. */
const ended = bidi(async function* ended(parts: Stream<unknown>) {
  yield* parts;
  yield { type: "finish" };
});

const laws = { fake, key, isStreamed: false };
engineLaws({ ...laws, name: "a batch of Anthropic that is sent", route: "POST /v1/messages/batches", stage: (url) => pipe(jobsAt(url).submit, named), input: items, wholeBody: batch.slice(0, 200) });
engineLaws({ ...laws, name: "a batch of Anthropic that is looked at", route: "GET /v1/messages/batches/:id", stage: (url) => jobsAt(url).status, input: id, wholeBody: batch });
engineLaws({ ...laws, name: "the results of a batch of Anthropic", route: "GET /v1/messages/batches/:id/results", stage: (url) => pipe(jobsAt(url).results, ended), input: id, wholeBody: results });
