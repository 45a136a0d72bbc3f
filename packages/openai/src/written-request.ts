/** A request in the words of one of the APIs. */
import { concat, from, type Stream } from "@iftk/core";
import type { Warning } from "@iftk/inference";

/** The body of a request, and what of it the API cannot honour but that only tunes. */
export interface WrittenRequest<Body = object> {
  readonly body: Body;
  readonly warnings: readonly string[];
}

/** A warning for each field that is given although the API has none like it. */
export function ignored<T extends object>(request: T, names: readonly (keyof T & string)[], where: string): string[] {
  return names.filter((name) => request[name] !== undefined).map((name) => `${where} has no ${name}: it is ignored`);
}

/** The parts, after those that warn. */
export function warned<Piece>(warnings: readonly string[], parts: Stream<Piece>): Stream<Piece | Warning> {
  return warnings.length > 0 ? concat(from(warnings.map((message): Piece | Warning => ({ type: "warning", message }))), parts) : parts;
}
