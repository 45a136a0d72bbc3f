/** Parts of an answer, compared without regard to how their deltas were cut. */
import { isSame } from "../same.js";

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a delta that hold a piece of something longer. */
const pieceFields: ReadonlySet<string> = new Set(["text", "arguments", "bytes", "logprobs"]);

const isDelta = (part: unknown): part is Fields => typeof part === "object" && part !== null && String((part as Fields)["type"]).endsWith("-delta");
const without = (part: Fields): Fields => Object.fromEntries(Object.entries(part).filter(([name]) => !pieceFields.has(name)));

/** The parts with neighbouring deltas of the same thing made one. */
export function joinedParts(parts: readonly unknown[]): unknown[] {
  const runs: { readonly kind: Fields | undefined; readonly parts: unknown[] }[] = [];
  for (const part of parts) {
    const kind = isDelta(part) ? without(part) : undefined;
    const last = runs.at(-1);
    if (kind && last?.kind && isSame(kind, last.kind)) last.parts.push(part);
    else runs.push({ kind, parts: [part] });
  }
  return runs.map(({ kind, parts: pieces }) => (kind ? { ...kind, ...joinedFields(pieces as Fields[]) } : pieces[0]));
}

function joinedFields(deltas: readonly Fields[]): Fields {
  const names = new Set(deltas.flatMap((delta) => Object.keys(delta).filter((name) => pieceFields.has(name))));
  return Object.fromEntries([...names].map((name) => [name, joinedValues(deltas.map((delta) => delta[name]).filter((value) => value !== undefined))]));
}

function joinedValues(values: readonly unknown[]): unknown {
  if (values.every((value) => typeof value === "string")) return values.join("");
  if (values.every((value) => value instanceof Uint8Array)) return new Uint8Array(Buffer.concat(values));
  return values.flat();
}

/** Whether the parts are the beginning of the whole, or all of it; the last delta may be the beginning of one. */
export function isBeginningOf(parts: readonly unknown[], whole: readonly unknown[]): boolean {
  const [some, all] = [joinedParts(parts), joinedParts(whole)];
  return some.length <= all.length && some.every((part, index) => (index + 1 === some.length ? isBeginningOfPart(part, all[index]) : isSame(part, all[index])));
}

/** Whether both are the same parts, however their deltas were cut. */
export function areSameParts(parts: readonly unknown[], others: readonly unknown[]): boolean {
  return isBeginningOf(parts, others) && isBeginningOf(others, parts);
}

function isBeginningOfPart(part: unknown, whole: unknown): boolean {
  if (!isDelta(part) || !isDelta(whole)) return isSame(part, whole);
  return isSame(without(part), without(whole)) && [...pieceFields].every((name) => isBeginningOfValue(part[name], whole[name]));
}

function isBeginningOfValue(value: unknown, whole: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value === "string" && typeof whole === "string") return whole.startsWith(value);
  if (value instanceof Uint8Array && whole instanceof Uint8Array) return Buffer.compare(value, whole.subarray(0, value.length)) === 0;
  return Array.isArray(value) && Array.isArray(whole) && isSame(value, whole.slice(0, value.length));
}
