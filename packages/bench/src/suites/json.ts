/** A JSON text in short pieces as partial values: what each way to read it costs, and what twice the length costs. */
import { forEach } from "@iftk/core";
import { jsonReader, partialJson } from "@iftk/wire";
import { parsePartialJson } from "ai";
import type { JsonCost } from "../report.js";
import { measureRounds, medianOf, ratioOf, type Effort, type Runner } from "../rounds.js";

export interface JsonRequest extends Effort {
  /** Of the text, about; it is read a second time with twice as many. */
  readonly characters: number;
}

/** Characters of a piece: about a token. */
const pieceLength = 4;

const places = ["Zürich", "Köln", "東京", "São Paulo", "Oslo \u{1F1F3}\u{1F1F4}"];

/** An object such as models are asked for: records with names, numbers, lists and texts. */
function makeText(characters: number): string {
  const records: unknown[] = [];
  const value = { title: "Visitors of the year", isComplete: true, records, remarks: null };
  for (let length = JSON.stringify(value).length; length < characters; length = JSON.stringify(value).length) {
    const id = records.length;
    records.push({
      id,
      name: `Visitor number ${id}`,
      address: { street: `${id} Long Road`, place: places[id % places.length], position: { latitude: id * 0.37, longitude: -id * 1.25e-3 } },
      visits: [id, id + 1, id + 2],
      tags: ["early", id % 2 === 0 ? "even" : "odd"],
      note: `Came in the morning and asked for "the usual";\nleft ${id % 5} books behind, of which nobody knew a title.`,
      isMember: id % 3 === 0,
    });
  }
  return JSON.stringify(value);
}

/** Reads all pieces and gives the whole value, having seen every partial one. */
type ReadPieces = (pieces: readonly string[]) => Promise<unknown>;

const ways = {
  "AI SDK parsePartialJson": async (pieces) => {
    let [text, value]: [string, unknown] = ["", undefined];
    for (const piece of pieces) value = (await parsePartialJson((text += piece))).value;
    return value;
  },
  "iftk jsonReader": (pieces) => {
    const reader = jsonReader();
    let value: unknown;
    for (const piece of pieces) if (reader.push(piece)) value = reader.value;
    return Promise.resolve(value === undefined ? value : reader.end());
  },
  "iftk partialJson": async (pieces) => {
    let value: unknown;
    await forEach(partialJson()(onePerPromise(pieces)), (partial) => void (value = partial));
    return value;
  },
} satisfies Readonly<Record<string, ReadPieces>>;

async function* onePerPromise(pieces: readonly string[]): AsyncGenerator<string, void, undefined> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

function runnerOf(name: string, read: ReadPieces, text: string): Runner {
  const pieces = Array.from({ length: Math.ceil(text.length / pieceLength) }, (_, index) => text.slice(index * pieceLength, (index + 1) * pieceLength));
  return {
    name,
    async run(items) {
      const times = Math.ceil(items / text.length);
      let sum = 0;
      for (let time = 0; time < times; time++) sum += JSON.stringify(await read(pieces)).length;
      return { items: times * text.length, sum, expected: times * text.length };
    },
  };
}

const twice = (name: string): string => `${name}, twice the length`;

/** Measures the CPU time of each way; twice the length only of ours, whose cost is linear. */
export async function measureJson({ characters, ...effort }: JsonRequest): Promise<readonly JsonCost[]> {
  const [once, doubled] = [makeText(characters), makeText(2 * characters)];
  const [[peer, readByPeer], ...own] = Object.entries(ways) as [[string, ReadPieces], ...[string, ReadPieces][]];
  const runners = [runnerOf(peer, readByPeer, once), ...own.flatMap(([name, read]) => [runnerOf(name, read, once), runnerOf(twice(name), read, doubled)])];
  const [times = new Map<string, readonly number[]>()] = await measureRounds([{ name: `${once.length} characters`, runners, most: Number.POSITIVE_INFINITY }], effort);
  return [peer, ...own.map(([name]) => name)].map((implementation): JsonCost => ({
    implementation,
    characters: once.length,
    milliseconds: (medianOf(times, implementation) * once.length) / 1e6,
    vsAiSdk: ratioOf(times, implementation, peer),
    twiceTheLength: implementation === peer ? null : (ratioOf(times, twice(implementation), implementation) * doubled.length) / once.length,
  }));
}
