import { stageLaws } from "@iftk/testing";
import { fromCsv, fromIterable, fromJsonArray, fromJsonl, fromLines, type DataStream } from "./index.js";

const input = [1, 2, 3, 4];

/** What is made of a data stream is tried on a source for each reading. */
const laws = (name: string, make: (data: DataStream<number>) => DataStream<unknown>, output: readonly unknown[] | undefined, readsAhead = 0): void =>
  stageLaws<number>(name, {
    input,
    ...(output && { output }),
    readsAhead,
    run: (source, signal) => make(fromIterable(() => source)).open(signal && { signal }),
  });

laws("fromIterable", (data) => data, input);
laws("map", (data) => data.map((n) => n + 1), [2, 3, 4, 5]);
laws("map to promises", (data) => data.map(async (n) => n + 1), [2, 3, 4, 5]);
laws("filter", (data) => data.filter((n) => n > 0), input);
laws("flatten", (data) => data.map((n) => [n, n]).flatten(), [1, 1, 2, 2, 3, 3, 4, 4]);
laws("concat", (data) => data.concat(fromIterable([])), input);
laws("zip", (data) => data.zip(), [[1], [2], [3], [4]]);
laws("shuffle", (data) => data.shuffle({ seed: 1, buffer: 2 }), undefined, 2);
laws("split", (data) => data.split(1, { seed: 1 })[0], input);

/** The bytes of a text, in pieces of three. */
const bytesOf = (text: string): Uint8Array[] => {
  const bytes = new TextEncoder().encode(text);
  return Array.from({ length: Math.ceil(bytes.length / 3) }, (_, index) => bytes.slice(3 * index, 3 * index + 3));
};

const parserLaws = (name: string, text: string, cut: string | undefined, read: (open: () => AsyncIterable<Uint8Array>) => DataStream<unknown>, output: readonly unknown[]): void =>
  stageLaws<Uint8Array>(name, {
    input: bytesOf(text),
    output,
    readsAhead: 9,
    ...(cut !== undefined && { cut: { input: bytesOf(cut) } }),
    run: (source, signal) => read(() => source).open(signal && { signal }),
  });

parserLaws("fromJsonl", "1\n2\n\"ä\"\n4\n", undefined, fromJsonl, [1, 2, "ä", 4]);
parserLaws("fromJsonArray", '[1,{"a":"ä"},[3],null]', '[1,{"a":"ä"},', fromJsonArray, [1, { a: "ä" }, [3], null]);
parserLaws("fromCsv", "a,b\n1,2\n3,\"4\n5\"\n", 'a,b\n1,2\n3,"4\n5', fromCsv, [{ a: "1", b: "2" }, { a: "3", b: "4\n5" }]);
parserLaws("fromLines", "one\r\ntwo\n\nfour", undefined, fromLines, ["one", "two", "", "four"]);
