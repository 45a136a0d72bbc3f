import fc from "fast-check";
import { expect, test } from "vitest";
import { generate, type GenerateOptions, type GenerationEnd } from "../generate.js";
import { Sampler } from "../sampling/sampler.js";
import { embeddedTable, tableOf } from "./fixtures/tables.js";
import { randomBackend } from "./fixtures/random-backend.js";
import { Grammar } from "./grammar.js";
import { Matcher } from "./matcher.js";
import type { TokenTable } from "./token-table.js";

const embedded = embeddedTable();
const schema = {
  type: "object",
  properties: { name: { type: "string", maxLength: 8 }, temperature: { type: "integer", minimum: -40, maximum: 60 }, state: { enum: ["sunny", "rainy"] } },
  required: ["name", "temperature", "state"],
  additionalProperties: false,
};
const weather = Grammar.fromJsonSchema(schema, { whitespace: "none" });

interface Generated {
  readonly text: string;
  readonly end: GenerationEnd;
  readonly tokens: readonly number[];
  readonly passes: readonly number[];
}

async function run(table: TokenTable, grammars: readonly Grammar[], seed: number, options: Partial<GenerateOptions> = {}): Promise<Generated> {
  const backend = randomBackend(table, seed);
  const constrain = grammars.map((grammar) => new Matcher(grammar, table));
  const generation = generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: Sampler.multinomial(1), seed, constrain, ...options });
  const tokens: number[] = [];
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return { text: new TextDecoder().decode(Uint8Array.from(tokens.flatMap((token) => [...table.bytesOf(token)]))), end: value, tokens, passes: backend.passes };
    tokens.push(value);
  }
}

test("noise gives values of the schema, and ends when nothing more may come", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1e6), async (seed) => {
      const { text, end } = await run(embedded, [weather], seed);
      const value = JSON.parse(text) as { name: string; temperature: number; state: string };
      expect(end).toEqual({ type: "grammar" });
      expect(Object.keys(value)).toEqual(["name", "temperature", "state"]);
      expect([Array.from(value.name).length <= 8, Number.isInteger(value.temperature), Math.abs(value.temperature - 10) <= 50, ["sunny", "rainy"].includes(value.state)]).toEqual([true, true, true, true]);
    }),
    { numRuns: 30 },
  );
});

test("what is forced takes no pass of its own, and the tokens are those of the tokenizer", async () => {
  const table = tableOf(['{"', "name", '":"', '","', "state"]);
  const grammar = Grammar.fromEbnf('root ::= "{\\"name\\":\\"" [ab] "\\",\\"state\\":\\"" [cd] "\\"}"');
  const jumped = await run(table, [grammar], 1);
  const slow = await run(table, [grammar], 1, { jumpForward: false });
  expect(jumped.text).toMatch(/^\{"name":"[ab]","state":"[cd]"\}$/);
  // The prompt with three tokens, the letter with three, the other letter; the end needs none.
  expect([jumped.passes, jumped.end, jumped.tokens.length]).toEqual([[2 + 3, 1 + 3], { type: "grammar" }, 10]);
  expect(slow.passes.length).toBeGreaterThan(6);
});

test("tokens that may be part of a longer one are left to the model", async () => {
  const table = tableOf(["abc", "cd", "ab"]);
  const { passes, text } = await run(table, [Grammar.fromEbnf('root ::= "xyabc" ("d" | "e")')], 3);
  // The c may belong to cd: x and y are certain, then ab is, and c is not.
  expect(text).toMatch(/^xyabc[de]$/);
  expect(passes[0]).toBeGreaterThan(2);
});

test("the masks of several matchers hold together", async () => {
  const length = Grammar.fromRegex(".{3}");
  const letters = Grammar.fromRegex("[ab]*c?[ab]*");
  for (let seed = 0; seed < 20; seed++) expect((await run(tableOf(["ab", "bcb", "aaaa"]), [length, letters], seed)).text).toMatch(/^(?=.{3}$)[ab]*c?[ab]*$/);
});

test("grammars without a common text are told", async () => {
  await expect(run(embedded, [Grammar.fromRegex("a+"), Grammar.fromRegex("b+")], 1)).rejects.toMatchObject({ code: "failed_precondition", reason: "dead-end" });
});

test("a matcher stays where the caller left it, and may be in the middle of a text", async () => {
  const backend = randomBackend(embedded, 5);
  const matcher = new Matcher(weather, embedded);
  matcher.acceptBytes(new TextEncoder().encode('{"name":"Oslo","temperature":'));
  let text = "";
  for await (const token of generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: Sampler.greedy(), constrain: [matcher] })) text += new TextDecoder().decode(embedded.bytesOf(token));
  expect(text).toMatch(/^-?\d+,"state":"(sunny|rainy)"\}$/);
  expect([matcher.count, matcher.isComplete]).toEqual([1, false]);
});

test("a jump ends at the most tokens and at the end of the context", async () => {
  expect(await run(embedded, [weather], 1, { maxTokens: 2 })).toMatchObject({ end: { type: "max-tokens" }, tokens: { length: 2 } });
});

test("a sampler that takes what may not come is refused, and so is a matcher for another vocabulary", async () => {
  await expect(run(embedded, [weather], 1, { sampler: () => 7, jumpForward: false })).rejects.toMatchObject({ code: "invalid_argument" });
  const backend = randomBackend(embedded, 1);
  const generation = generate(backend, backend.openSequence(), [1], { sampler: Sampler.greedy(), constrain: [new Matcher(weather, tableOf([]))] });
  await expect(generation.next()).rejects.toMatchObject({ code: "invalid_argument" });
});
