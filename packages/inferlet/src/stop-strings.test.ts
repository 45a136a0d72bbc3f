import fc from "fast-check";
import { expect, test } from "vitest";
import { StopScanner } from "./stop-strings.js";

interface Scan {
  readonly text: string;
  readonly found: string | undefined;
}

function scan(stops: readonly string[], pieces: readonly string[]): Scan {
  const scanner = new StopScanner(stops);
  let text = "";
  for (const piece of pieces) text += scanner.write(piece);
  return { text: text + scanner.end(), found: scanner.found };
}

/** The first stop text to be complete, by trying every end. */
function scanByDefinition(stops: readonly string[], text: string): Scan {
  for (let end = 0; end <= text.length; end++) {
    const found = stops.filter((stop) => text.slice(0, end).endsWith(stop)).sort((left, right) => right.length - left.length)[0];
    if (found !== undefined) return { text: text.slice(0, end - found.length), found };
  }
  return { text, found: undefined };
}

const letters = (maxLength: number, minLength = 0): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength, maxLength });

test("any cutting gives the result of the whole", () => {
  fc.assert(
    fc.property(fc.array(letters(5, 1), { maxLength: 4 }), fc.array(letters(4), { maxLength: 20 }), (stops, pieces) => {
      expect(scan(stops, pieces)).toEqual(scanByDefinition(stops, pieces.join("")));
    }),
    { numRuns: 2000 },
  );
});

test("no more is held back than what may be the beginning of a stop text", () => {
  fc.assert(
    fc.property(fc.array(letters(5, 1), { minLength: 1, maxLength: 4 }), fc.array(letters(3), { maxLength: 12 }), (stops, pieces) => {
      const scanner = new StopScanner(stops);
      let written = "";
      let passed = "";
      for (const piece of pieces) {
        written += piece;
        passed += scanner.write(piece);
        if (scanner.found !== undefined) return;
        const held = written.slice(passed.length);
        expect(written.startsWith(passed)).toBe(true);
        expect(held === "" || stops.some((stop) => stop.startsWith(held))).toBe(true);
      }
    }),
  );
});

test("a stop text over several pieces ends the text before it, and the rest of its piece is known", () => {
  const scanner = new StopScanner(["\nUser:"]);
  expect([scanner.write("Hello.\nUs"), scanner.write("er: hi"), scanner.found, scanner.rest, scanner.write("more"), scanner.end()]).toEqual(["Hello.", "", "\nUser:", " hi", "", ""]);
});

test("what only looked like a stop text passes", () => {
  const scanner = new StopScanner(["END"]);
  expect([scanner.write("the E"), scanner.write("N"), scanner.write("emy EN"), scanner.end()]).toEqual(["the ", "", "ENemy ", "EN"]);
});

test("a stop text of a megabyte costs no more than its length", () => {
  const stop = `${"a".repeat(1_000_000)}b`;
  expect(scan([stop], ["a".repeat(1_000_001), "aaaa", "b!"])).toEqual({ text: "aaaaa", found: stop });
});
