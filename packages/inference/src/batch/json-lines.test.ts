import { collect, from, type StageError } from "@iftk/core";
import { cutAtRandom, seeded, stageLaws } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonLines, type JsonLinesOptions } from "./json-lines.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The values before the end or the error, and the error. */
async function read(pieces: readonly Uint8Array[], options: Partial<JsonLinesOptions> = {}): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  try {
    for await (const value of jsonLines({ subject: "results", ...options })(from(pieces))) values.push(value);
    return values;
  } catch (error) {
    const { code, reason, message } = error as StageError;
    return [...values, `${code} ${reason}: ${message}`];
  }
}

describe("jsonLines", () => {
  test("gives the values however the bytes are cut", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 8 }), fc.nat(), fc.constantFrom("\n", "\r\n", "\n\n"), fc.boolean(), async (values, seed, end, endsWhole) => {
      const text = values.map((value) => JSON.stringify(value)).join(end) + (endsWhole ? end : "");
      const pieces = cutAtRandom(bytes(text), seeded(seed)) as readonly Uint8Array[];
      expect(await collect(jsonLines({ subject: "results" })(from(pieces)))).toEqual(JSON.parse(JSON.stringify(values)));
    }));
  });

  test("gives the values before a bad line, and then the error without the line", async () => {
    expect([await read([bytes('1\n2\n{"key": secret}\n4\n')]), await read([bytes('1\n{"a"'), bytes(": 2")])]).toEqual([
      [1, 2, "unavailable malformed: results: line 3: no valid JSON"],
      [1, "unavailable truncated: results: line 2: it ends within a value"],
    ]);
  });

  test("refuses a line that is too long, also before its end", async () => {
    const tooLong = "resource_exhausted too-large: results: line 2: longer than 8 characters";
    expect([await read([bytes('1\n"12345678"\n')], { maxLine: 8 }), await read([bytes('1\n"1234'), bytes("5678")], { maxLine: 8 })]).toEqual([[1, tooLong], [1, tooLong]]);
  });

  test("leaves out a last line without its end where that is asked for", async () => {
    expect([await read([bytes("1\n2")], { dropsUnfinished: true }), await read([bytes("1\n2\n")], { dropsUnfinished: true })]).toEqual([[1], [1, 2]]);
  });

  stageLaws("jsonLines", { stage: () => jsonLines({ subject: "results" }), input: ["1\n2", "3\n", "4\n"].map(bytes), cut: { input: [bytes('1\n2\n"3')] } });
});
