import { expect, test } from "vitest";
import { jsonReader } from "./json-reader.js";

/** CPU-bound milliseconds for reading a text in short pieces, each value that is worth it included. */
function time(text: string, isCut = false): number {
  const start = performance.now();
  const reader = jsonReader();
  let shown = 0;
  for (let at = 0; at < text.length; at += 4) if (reader.push(text.slice(at, at + 4)) && reader.value !== undefined) shown++;
  if (!isCut) reader.end();
  expect(shown).toBeGreaterThan(10);
  return performance.now() - start;
}

const items = (count: number, of: (index: number) => string): string => Array.from({ length: count }, (_, index) => of(index)).join();

test.each<[string, (size: number) => string]>([
  ["a long string", (size) => `"${"abcd".repeat(size / 4)}"`],
  ["a string of escapes", (size) => `"${"\\u00e9\\n".repeat(size / 8)}"`],
  ["an array of numbers", (size) => `[${items(size / 4, () => "123")}]`],
  ["an array of objects that stay open to the end", (size) => `[${items(size / 16, () => '{"a":"bcdefg"}')}]`],
  ["a wide object", (size) => `{${items(size / 16, (index) => `"k${1_000_000 + index}":123`)}}`],
  ["many deep values", (size) => `[${items(size / 400, () => `${"[".repeat(199)}${"]".repeat(199)}`)}]`],
  ["white space", (size) => `[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0${" ".repeat(size)}]`],
  ["a deep value whose innermost string grows", (size) => `${"[".repeat(500)}"${"abcd".repeat(size / 4)}"${"]".repeat(500)}`],
])("%s is read in time linear in its length", { retry: 3 }, (_name, make) => {
  const [short, long] = [make(50_000), make(400_000)];
  time(short);
  const best = (text: string): number => Math.min(...Array.from({ length: 5 }, () => time(text)));
  expect(best(long) / best(short)).toBeLessThan(32);
});

test("a value of ordinary width is worth reading after nearly every piece, one with many elements now and then", () => {
  const shows = (text: string): number => {
    const reader = jsonReader();
    let [changes, shown] = [0, 0];
    for (let at = 0; at < text.length; at += 4) {
      changes++;
      if (reader.push(text.slice(at, at + 4))) shown += Number(reader.value !== undefined);
    }
    return shown / changes;
  };
  expect([shows(`[${items(20, () => '"a text that is not short"')}]`) > 0.8, shows(`[${items(20_000, () => '"abc"')}]`) < 0.1]).toEqual([true, true]);
});
