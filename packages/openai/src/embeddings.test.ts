import { fakeOpenai, fakeProvider, type FakeOpenaiMedia } from "@iftk/testing/providers";
import fc from "fast-check";
import { OpenAI } from "openai";
import { afterAll, expect, test } from "vitest";
import { openai } from "./engine.js";
import { atOpenai } from "./fixtures/asked.js";

let vectorOf: FakeOpenaiMedia["vectorOf"];
const fake = await fakeOpenai({ media: { get vectorOf() { return vectorOf as NonNullable<typeof vectorOf>; } } });
afterAll(() => fake.close());
const sdk = new OpenAI({ apiKey: "sk-any", baseURL: `${fake.url}/v1`, maxRetries: 0 });

test("embeddings are the numbers and the usage that the SDK gets, asked for in base64 at OpenAI and in decimals elsewhere", async () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0); // JSON has no -0
  const vectors = fc.array(fc.array(float, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(vectors, async (numbers) => {
      vectorOf = (text) => numbers[Number(text)] ?? [];
      const texts = numbers.map((_, index) => String(index));
      fake.clear();
      const own = await atOpenai(fake).embeddings({ model: "text-embedding-3-small" })({ texts });
      const elsewhere = await openai({ baseUrl: `${fake.url}/v1` }).embeddings({ model: "text-embedding-3-small" })({ texts });
      const theirs = await sdk.embeddings.create({ model: "text-embedding-3-small", input: texts });
      expect(own).toEqual({ vectors: theirs.data.map(({ embedding }) => [...embedding]), usage: { inputTokens: theirs.usage.prompt_tokens, outputTokens: 0 } });
      expect(elsewhere).toEqual(own);
      expect(fake.requests.slice(0, 2).map((request) => (request.json() as { encoding_format?: string }).encoding_format)).toEqual(["base64", undefined]);
    }),
    { numRuns: 30 },
  );
  vectorOf = undefined;
});

test("dimensions are asked for, by the options or by the request", async () => {
  const stage = openai({ baseUrl: `${fake.url}/v1` }).embeddings({ model: "text-embedding-3-small", dimensions: 4 });
  const lengths = await Promise.all([stage({ texts: ["a"] }), stage({ texts: ["a"], dimensions: 2 })]);
  expect(lengths.map(({ vectors: [vector] }) => vector?.length)).toEqual([4, 2]);
});

const given = async (data: unknown, usage?: object) => {
  await using server = await fakeProvider({ "POST /*": () => ({ body: { data, usage } }) });
  return await openai({ baseUrl: server.url }).embeddings({ model: "m" })({ texts: ["one", "four"] });
};

test("vectors are in the order of their texts, whatever the order in which they come", async () => {
  const expected = { vectors: [[1], [2]], usage: { inputTokens: 2, outputTokens: 0, estimated: true } };
  expect(await given([{ index: 1, embedding: [2] }, { index: 0, embedding: "AACAPw==" }])).toEqual(expected);
  expect(await given([{ embedding: [1] }, { embedding: [2] }])).toEqual(expected);
});

test.each([
  ["none", undefined],
  ["too few", [{ index: 0, embedding: [1] }]],
  ["two for one text", [{ index: 0, embedding: [1] }, { index: 0, embedding: [2] }]],
  ["one for a text that there is not", [{ index: 0, embedding: [1] }, { index: 2, embedding: [2] }]],
  ["an empty one", [{ index: 0, embedding: [] }, { index: 1, embedding: [2] }]],
  ["one that is no list of numbers", [{ index: 0, embedding: ["1"] }, { index: 1, embedding: [2] }]],
  ["one of a byte too few", [{ index: 0, embedding: "AACA" }, { index: 1, embedding: [2] }]],
  ["one that is no base64", [{ index: 0, embedding: "AA.CA.Pw" }, { index: 1, embedding: [2] }]],
])("a reply with vectors, but %s, is an error", async (_, data) => {
  await expect(given(data)).rejects.toMatchObject({ code: "unavailable", reason: "malformed" });
});
