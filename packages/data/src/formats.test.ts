import { StageError } from "@iftk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fromCsv, fromJsonArray, fromJsonl, fromLines, fromText, type ByteSource, type DataStream, type ReadOptions } from "./index.js";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Bytes, cut at the places, which may be anywhere. */
const cut = (bytes: Uint8Array, places: readonly number[]): ByteSource => {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return async function* pieces() {
    for (const [index, end] of [...ends, bytes.length].entries()) yield bytes.slice(ends[index - 1] ?? 0, end);
  };
};

interface Outcome {
  readonly items: readonly unknown[];
  readonly error?: unknown;
}

/** The items of a reading, and how it failed. */
async function outcomeOf(data: DataStream<unknown>): Promise<Outcome> {
  const items: unknown[] = [];
  try {
    for await (const item of data) items.push(item);
    return { items };
  } catch (error) {
    return { items, error: StageError.is(error) ? [error.code, error.reason, error.message] : error };
  }
}

const refused = (message: unknown, reason?: string): unknown => ["invalid_argument", reason, message];
const places = fc.array(fc.nat(), { maxLength: 40 });
const text = fc.string({ unit: "grapheme", maxLength: 12 });

describe("bytes that are cut anywhere", () => {
  test("give the same JSON lines", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.jsonValue()), places, fc.constantFrom("\n", "\r\n"), fc.boolean(), async (values, cuts, ending, isEnded) => {
      const bytes = encode(`\uFEFF${values.map((value) => JSON.stringify(value)).join(`${ending}${ending}`)}${isEnded ? ending : ""}`);
      expect(await outcomeOf(fromJsonl(cut(bytes, cuts)))).toEqual({ items: values.map((value) => JSON.parse(JSON.stringify(value)) as unknown) });
    }));
  });

  test("give the same JSON array", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.jsonValue()), places, fc.constantFrom(0, 2), async (values, cuts, indent) => {
      const json = JSON.stringify(values, null, indent);
      expect(await outcomeOf(fromJsonArray(cut(encode(`\uFEFF ${json}\n`), cuts)))).toEqual({ items: JSON.parse(json) as unknown[] });
    }));
  });

  test("give the same table", async () => {
    const row = fc.tuple(text, fc.constantFrom("", 'a "quoted" word', "two\nlines", "two\r\nlines", "a,b", " ü "));
    await fc.assert(fc.asyncProperty(fc.array(row), places, fc.constantFrom("\n", "\r\n"), async (rows, cuts, ending) => {
      const quoted = rows.map((fields) => fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(","));
      const bytes = encode(`\uFEFFname,ä${ending}${quoted.map((line) => `${line}${ending}`).join("")}`);
      expect([await outcomeOf(fromCsv(cut(bytes, cuts))), await outcomeOf(fromCsv(cut(bytes, cuts), { header: false }))]).toEqual([
        { items: rows.map(([name, other]) => ({ name, ä: other })) },
        { items: [["name", "ä"], ...rows] },
      ]);
    }));
  });

  test("give the same lines and the same text", async () => {
    await fc.assert(fc.asyncProperty(fc.array(text.filter((line) => !/[\r\n]/.test(line))), places, fc.constantFrom("\n", "\r\n"), async (lines, cuts, ending) => {
      const whole = lines.map((line) => `${line}${ending}`).join("");
      const bytes = encode(`\uFEFF${whole}`);
      expect([await outcomeOf(fromLines(cut(bytes, cuts))), await outcomeOf(fromText(cut(bytes, cuts)))]).toEqual([{ items: lines }, { items: [whole] }]);
    }));
  });

  const broken: Readonly<Record<string, readonly [string, (source: ByteSource, options: ReadOptions) => DataStream<unknown>]>> = {
    "JSONL that breaks": ['1\n{"a":2}\n\n{"a"\n3', fromJsonl],
    "JSONL with a line that is too large": ['1\n"0123456789012"\n3', fromJsonl],
    "a JSON array that breaks": ['[1, {"a":2}, tru3, 4]', fromJsonArray],
    "a JSON array with white space that is too large": [`[[1]${" ".repeat(13)}, 2]`, fromJsonArray],
    "a JSON array with an item that is too large": ['[1, "ä", ["0123456789012"], 4]', fromJsonArray],
    "a JSON array that is cut off in a number": ["[1, 23", fromJsonArray],
    "a table with a ragged row": ["a,b\n1,2\n3\n5,6\n", fromCsv],
    "a table with a row that is too large": ['a,b\n1,2\n"01234567\n","89012"\n', fromCsv],
  };
  test.each(Object.entries(broken))("give the same items and then the same error of %s", async (_, [json, read]) => {
    const whole = await outcomeOf(read(encode(json), { maxItemSize: 12 }));
    await fc.assert(fc.asyncProperty(places, async (cuts) => {
      expect(await outcomeOf(read(cut(encode(json), cuts), { maxItemSize: 12, name: (whole.error as string[])[2]?.split(":")[0] ?? "" }))).toEqual(whole);
    }));
  });
});

describe("errors", () => {
  const reviews = (json: string): ByteSource => Object.defineProperty(() => encode(json), "name", { value: "reviews" });

  test("of JSONL name the source and the line", async () => {
    expect(await Promise.all(['1\r\n\n{"a":}', '1\n{"a":1'].map((json) => outcomeOf(fromJsonl(reviews(json)))))).toEqual([
      { items: [1], error: refused(expect.stringMatching(/^reviews:3: not JSON: Unexpected token '}'/)) },
      { items: [1], error: refused(expect.stringMatching(/^reviews:2: not JSON: /)) },
    ]);
  });

  test.each([
    ["", [], "item 1: the JSON array is cut off", "truncated"],
    ["[", [], "item 1: the JSON array is cut off", "truncated"],
    ["[1,2", [1], "item 2: the JSON array is cut off", "truncated"],
    ['[1,{"a":[', [1], "item 2: the JSON array is cut off", "truncated"],
    ["\uFEFF", [], "item 1: the JSON array is cut off", "truncated"],
    ['["a', [], "item 1: the JSON array is cut off", "truncated"],
    ['["a"', [], "item 1: the JSON array is cut off", "truncated"],
    ["[[1]", [[1]], "item 2: the JSON array is cut off", "truncated"],
    ["[1] 2", [1], "something follows the JSON array"],
    ["[1]]", [1], "something follows the JSON array"],
    ["[1] tru", [1], "something follows the JSON array"],
    ["[1,]", [1], 'item 2: not JSON: Unexpected RIGHT_BRACKET ("]")'],
    ["[1 2]", [1], "item 2: not JSON: Unexpected NUMBER (2)"],
    ["[NaN]", [], 'item 1: not JSON: Unexpected "N"'],
    ["{}", [], "not a JSON array; JSON values line by line are read by fromJsonl"],
    ["7", [], "not a JSON array; JSON values line by line are read by fromJsonl"],
  ])("of the JSON array %s name the source, the line and the item", async (json, items, message, reason?: string) => {
    expect(await outcomeOf(fromJsonArray(reviews(json)))).toEqual({ items, error: refused(`reviews:1: ${message}`, reason) });
    expect(await outcomeOf(fromJsonArray(reviews(`\r\n \n${json}`)))).toEqual({ items, error: refused(`reviews:3: ${message}`, reason) });
  });

  test("of a JSON array name the line of the item, however it is written and cut", async () => {
    const good = fc.jsonValue().filter((value) => JSON.stringify(value) !== '"bad"');
    const schema = z.custom((value) => JSON.stringify(value) !== '"bad"', "bad");
    const breaks = fc.array(fc.constantFrom("\n", "\r\n", " ", "\t"), { maxLength: 3 }).map((blanks) => blanks.join(""));
    await fc.assert(fc.asyncProperty(fc.array(good, { maxLength: 6 }), breaks, breaks, places, fc.constantFrom("", "\uFEFF"), fc.constantFrom('"bad"', "bad", '"b\u0000d"', '"\uFFFE"'), async (values, before, after, cuts, mark, bad) => {
      const head = `${before}[${after}${values.map((value) => `${JSON.stringify(value, null, 2)}${before},${after}`).join("")}`;
      const bytes = encode(`${mark}${head}${bad}${after}]`);
      const isText = bad === '"\uFFFE"';
      if (isText) bytes.fill(0xff, bytes.lastIndexOf(0xef), bytes.lastIndexOf(0xef) + 1);
      const { items, error } = await outcomeOf(fromJsonArray(cut(bytes, cuts), { schema, name: "reviews" }));
      const line = head.split("\n").length;
      const what = isText ? "not UTF-8" : bad === '"bad"' ? "bad" : 'not JSON: Unexpected "';
      expect([items.length, (error as string[])[2]]).toEqual([values.length, expect.stringMatching(new RegExp(`^reviews:${line}: item ${values.length + 1}: ${what}`))]);
    }));
  });

  test.each([
    ["a,b\n1,2\n\n3\n", [{ a: "1", b: "2" }], /^reviews:4: not CSV: Invalid Record Length: columns length is 2, got 1$/],
    ["a,b\n1,2,3\n", [], /^reviews:2: not CSV: .*columns length is 2, got 3/],
    ['a,b\n1,"2\n3\n', [], /^reviews:3: not CSV: Quote Not Closed/, "truncated"],
    ['a,b\n1,"2"3\n', [], /^reviews:2: not CSV: Invalid Closing Quote/],
    ['a,b\n1,2"3\n', [], /^reviews:2: not CSV: Invalid Opening Quote/],
    ["a,b,a\n", [], /^reviews:1: two columns have the name "a"$/],
  ])("of the table %j name the source and the line", async (csv, items, message, reason?: string) => {
    expect(await outcomeOf(fromCsv(reviews(csv)))).toEqual({ items, error: refused(expect.stringMatching(message), reason) });
  });

  test("tell where bytes are not UTF-8", async () => {
    const latin = Uint8Array.of(0x61, 0x0a, 0xe4, 0x62, 0x0a);
    const array = Uint8Array.of(0x5b, 0x31, 0x2c, 0x22, 0xe4, 0x62, 0x63, 0x22, 0x5d);
    expect(await Promise.all([fromLines(latin), fromText(latin), fromCsv(latin), fromJsonl(Uint8Array.of(0x31, 0x0a, 0xe4)), fromJsonArray(array)].map(outcomeOf))).toEqual([
      { items: ["a"], error: refused("text:2: not UTF-8") },
      { items: [], error: refused("text: not UTF-8") },
      { items: [], error: refused("CSV:2: not UTF-8") },
      { items: [1], error: refused("JSONL:2: not UTF-8") },
      { items: [1], error: refused("JSON array:1: item 2: not UTF-8") },
    ]);
  });

  test("tell what is too large, and what to do", async () => {
    const tooLarge = (place: string): unknown => ["resource_exhausted", "too-large", `${place}: larger than 4 bytes; raise maxItemSize if that is meant to be`];
    const source = reviews('["1234"]\n');
    expect(await Promise.all([fromLines, fromText, fromCsv, fromJsonl, fromJsonArray].map((read) => outcomeOf(read(source, { maxItemSize: 4 }))))).toEqual([
      { items: [], error: tooLarge("reviews:1") },
      { items: [], error: tooLarge("reviews") },
      { items: [], error: tooLarge("reviews:1") },
      { items: [], error: tooLarge("reviews:1") },
      { items: [], error: tooLarge("reviews:1: item 1") },
    ]);
  });

  test("quote no more than the beginning of a long value", async () => {
    const long = "x".repeat(1000);
    const outcomes = await Promise.all([fromJsonArray(reviews(`[1 "${long}"]`)), fromCsv(reviews(`a\n${long}"\n`)), fromJsonl(reviews(`"${long}`))].map(outcomeOf));
    expect(outcomes.map(({ error }) => String((error as string[])[2]).length < 300)).toEqual([true, true, true]);
  });

  test("of a schema name the line", async () => {
    const schema = z.object({ score: z.coerce.number() });
    const numbers = z.string().regex(/^\d*$/);
    const broken = (place: string, items: readonly unknown[] = [{ score: 1 }]): unknown => ({ items, error: refused(expect.stringMatching(new RegExp(`^reviews${place}: `))) });
    expect([
      await outcomeOf(fromJsonl(reviews('{"score":1}\n\n{"score":"two"}\n{"score":3}'), { schema })),
      await outcomeOf(fromJsonl(reviews('{"score":1}\n{"score":"two"}'), { schema })),
      await outcomeOf(fromCsv(reviews('score,"a\nb"\n1,2\n\n"two",3\n4,5\n'), { schema })),
      await outcomeOf(fromLines(reviews("1\n2\ntwo\n3"), { schema: numbers })),
      await outcomeOf(fromText(reviews("two"), { schema: numbers })),
      await outcomeOf(fromCsv(reviews("score\n1\n"), { schema })),
    ]).toEqual([broken(":3: score"), broken(":2: score"), broken(":5: score"), broken(":3", ["1", "2"]), broken("", []), { items: [{ score: 1 }] }]);
  });

  test("refuse bytes that can be read once only, and text in their place", async () => {
    const once = new ReadableStream<Uint8Array>() as unknown as ByteSource;
    const strings = (() => ["[1]"]) as unknown as ByteSource;
    expect(() => fromJsonl(once)).toThrow("not bytes that can be read again");
    expect(await outcomeOf(fromJsonArray(strings))).toEqual({ items: [], error: refused("a source of bytes gave a value of type string; give Uint8Arrays") });
  });
});

describe("sources", () => {
  test("are bytes, blobs, files by their name, functions that give a stream or a promise of one", async () => {
    const bytes = encode("1\n2\n");
    const sources: ByteSource[] = [bytes, new Blob([bytes]), () => bytes, () => [bytes], async () => new Blob([bytes]), async () => new Response(bytes).body, () => new Response().body, () => Promise.resolve([bytes, bytes].values())];
    const read = await Promise.all(sources.map(async (source) => {
      const data = fromJsonl(source);
      return [await data.count(), await data.count()];
    }));
    expect([read, fromJsonl(new File([bytes], "numbers.jsonl")).label]).toEqual([[[2, 2], [2, 2], [2, 2], [2, 2], [2, 2], [2, 2], [0, 0], [4, 4]], "numbers.jsonl"]);
  });

  test("are opened by the first read, and cancelled when the reader leaves", async () => {
    const events: string[] = [];
    const data = fromJsonl(() => {
      events.push("open");
      return new ReadableStream({ pull: (controller) => controller.enqueue(encode("1\n2\n")), cancel: () => void events.push("cancel") }, { highWaterMark: 0 });
    });
    const reading = data[Symbol.asyncIterator]();
    events.push("read");
    await reading.next();
    await reading.return?.();
    expect(events).toEqual(["read", "open", "cancel"]);
  });

  test("tables have the columns they are given, and other delimiters", async () => {
    const options = { header: ["id", "__proto__"], delimiter: "\t" };
    const [row] = await fromCsv(encode('1\t"a\tb"\n'), options).toArray();
    expect(Object.entries(row ?? {})).toEqual([["id", "1"], ["__proto__", "a\tb"]]);
    expect(() => fromCsv(encode(""), { header: ["a", "a"] })).toThrow('two columns have the name "a"');
  });

  test("JSON keys of any name are keys only", async () => {
    const json = '{"__proto__":{"admin":true},"constructor":1}';
    const items = [await fromJsonArray(encode(`[${json}]`)).peek(), await fromJsonl(encode(json)).peek()] as object[];
    expect(items.map((item) => [Object.keys(item), "admin" in item])).toEqual([[["__proto__", "constructor"], false], [["__proto__", "constructor"], false]]);
  });
});
