import { bidi, pipe, unary, type Stream } from "@iftk/core";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeOpenai } from "@iftk/testing/providers";
import { afterAll } from "vitest";
import { openai } from "./engine.js";

const key = "sk-test-0123456789abcdef";
const fake = await fakeOpenai({ key, isCompatible: true, reply: { text: ["I ", "say 🐋."], usage: { input: 3, output: 7 } } });
afterAll(() => fake.close());

const jobsAt = (url: string) => openai({ apiKey: key, baseUrl: `${url}/v1` }).batch({ model: "gpt-x" });
const items = ["one", "two", "three"].map((id) => ({ id, request: { messages: [{ role: "user" as const, content: `Say ${id}.` }] } }));
const { id } = await jobsAt(fake.url).submit(items);
await jobsAt(fake.url).status(id);

const headers = { authorization: `Bearer ${key}` };
const textAt = async (path: string): Promise<string> => (await fetch(fake.url + path, { headers })).text();
const batch = await textAt(`/v1/batches/${id}`);
const { input_file_id: input, output_file_id: output } = JSON.parse(batch) as { readonly input_file_id: string; readonly output_file_id: string };
const file = await textAt(`/v1/files/${input}`);
const results = await textAt(`/v1/files/${output}/content`);

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
engineLaws({ ...laws, name: "the file of a batch", route: "POST /v1/files", stage: (url) => pipe(jobsAt(url).submit, named), input: items, wholeBody: file.slice(0, 100) });
engineLaws({ ...laws, name: "a batch that is sent", route: "POST /v1/batches", stage: (url) => pipe(jobsAt(url).submit, named), input: items, wholeBody: batch.slice(0, 200) });
engineLaws({ ...laws, name: "a batch that is looked at", route: "GET /v1/batches/:id", stage: (url) => jobsAt(url).status, input: id, wholeBody: batch });
engineLaws({ ...laws, name: "the results of a batch", route: "GET /v1/files/:id/content", stage: (url) => pipe(jobsAt(url).results, ended), input: id, wholeBody: results });
