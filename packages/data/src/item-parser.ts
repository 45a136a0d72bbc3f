/** Items out of bytes that are cut anywhere. */
import { bidi, each, fromBatches, pipe, StageError, unary, validate, type StandardSchema, type Stream } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { nameOf, openBytes, type ByteSource } from "./byte-source.js";
import { DataStream } from "./data-stream.js";

/** How bytes are read as items. */
export interface ReadOptions<T = unknown> {
  /** What errors call the source; by default the name of the file or function that it is. */
  readonly name?: string;
  /** Bytes of the largest item that is taken; 16 MiB by default. A larger one fails the reading with StageError `resource_exhausted`, reason `too-large`. */
  readonly maxItemSize?: number;
  /** Checks each item, and gives what it makes of it; any library that follows Standard Schema. The error of one that does not fit names the line. */
  readonly schema?: StandardSchema<unknown, T>;
}

/** Takes the bytes of one reading, cut anywhere, and hands on each item as soon as it is whole. The items do not depend on how the bytes were cut. */
export interface ItemParser<T> {
  push(bytes: Uint8Array, give: (item: T) => void): Promise<void> | void;
  /** There are no more bytes. */
  end(give: (item: T) => void): Promise<void> | void;
  /** Where the item stands that was handed on last, such as `reviews.jsonl:17`. */
  readonly place: string;
}

/** An item and where it stands. */
interface Placed {
  readonly item: unknown;
  readonly place: string;
}

/** What a parser is told of the source: its name for errors, and the limit in bytes. */
export type OpenParser<T> = (label: string, maxItemSize: number) => ItemParser<T>;

/** A data stream of what the parser makes of the bytes; a parser is opened for each reading. */
export function parseWith<T, Out>(format: string, source: ByteSource, options: ReadOptions<Out>, open: OpenParser<T>): DataStream<Out> {
  const { maxItemSize = 2 ** 24, schema } = options;
  requireNumber("maxItemSize", maxItemSize, 1, "whole");
  const label = options.name ?? nameOf(source, format);
  const parse = <Item>(made: (item: T, parser: ItemParser<T>) => Item) => pipe(openBytes(source), bidi((bytes: Stream<Uint8Array>) => fromBatches(itemsOf(bytes, open(label, maxItemSize), made))));
  if (!schema) return new DataStream<unknown>(label, parse((item) => item)) as DataStream<Out>;
  const check = unary(({ item, place }: Placed) => validate(schema, item, () => place));
  return new DataStream(label, pipe(parse((item, { place }): Placed => ({ item, place })), each(check)));
}

/** Items before a failure are given before it is told. */
async function* itemsOf<T, Item>(bytes: Stream<Uint8Array>, parser: ItemParser<T>, made: (item: T, parser: ItemParser<T>) => Item): AsyncGenerator<Item[], void, undefined> {
  let items: Item[] = [];
  const give = (item: T): void => void items.push(made(item, parser));
  try {
    for await (const piece of bytes) {
      await parser.push(piece, give);
      if (items.length > 0) yield items;
      items = [];
    }
    await parser.end(give);
  } catch (error) {
    if (items.length > 0) yield items;
    throw error;
  }
  if (items.length > 0) yield items;
}

/** What a parser says of bytes, cut off where it quotes a long value. */
export function saidBy(message: string): string {
  return message.length > 200 ? `${message.slice(0, 200)}…` : message;
}

/** The failure of an item that is larger than the limit. */
export function tooLarge(place: string, maxItemSize: number): StageError {
  return new StageError("resource_exhausted", `${place}: larger than ${maxItemSize} bytes; raise maxItemSize if that is meant to be`, { reason: "too-large" });
}
