/** The form in which calls of a stage are kept as text. */
import { StageError, takesValue, type Mode } from "@iftk/core";
import { show } from "./settle.js";

/** Values that were ready together: each was there when it was asked for, once the first had come. */
export interface CassetteChunk {
  /** Milliseconds from the first read of the call to the first of these values. */
  readonly at: number;
  /** Inputs that had been taken by then. */
  readonly taken: number;
  /** Whether it was ready together with the chunk before it, and is apart only since inputs were taken between them. */
  readonly joined?: true;
  readonly values: unknown[];
}

/** How a call ended; "left" when its consumer or its caller gave it up. */
export interface CassetteEnd {
  readonly kind: "end" | "error" | "left";
  readonly at: number;
  readonly taken: number;
  readonly error?: CassetteError;
}

/** A StageError without what caused it. */
export interface CassetteError {
  readonly code: StageError["code"];
  readonly message: string;
  readonly reason?: string;
  readonly stage?: string;
  readonly retryAfter?: number;
}

export interface CassetteCall {
  /** The values that were taken; for a stage that takes one value, that one. */
  readonly input: unknown[];
  /** Whether the end of the input was reached. */
  inputEnded: boolean;
  readonly output: CassetteChunk[];
  end: CassetteEnd;
}

/** What was recorded at a stage's boundary. */
export interface Cassette {
  readonly format: "iftk-cassette";
  readonly version: 1;
  readonly label: string;
  readonly mode: Mode;
  readonly calls: readonly CassetteCall[];
}

const modes: ReadonlySet<unknown> = new Set<Mode>(["unary", "output-stream", "input-stream", "bidi"]);

/** Writes a cassette as text. */
export function formatCassette(cassette: Cassette): string {
  return `${JSON.stringify(cassette, null, 1)}\n`;
}

/** Reads a cassette. Throws a StageError `invalid_argument` for a text that is none, and for one of another version. */
export function parseCassette(text: string): Cassette {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw new StageError("invalid_argument", "replay: the cassette is not JSON; record it again", { cause });
  }
  const { format, version, mode, calls } = fieldsOf(found);
  if (format !== "iftk-cassette" || !modes.has(mode) || !Array.isArray(calls)) throw new StageError("invalid_argument", "replay: this JSON is no cassette; use what recordCassette gives");
  if (version !== 1) throw new StageError("invalid_argument", `replay: the cassette has version ${show(version)} and this package reads version 1; record it again`);
  calls.forEach((call: unknown, index) => {
    if (!isCall(call, mode as Mode)) throw new StageError("invalid_argument", `replay: call ${index + 1} of the cassette is damaged; record it again`);
  });
  return found as Cassette;
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {});

function isCall(value: unknown, mode: Mode): value is CassetteCall {
  const { input, output, end } = fieldsOf(value);
  const isPlaced = (place: unknown): boolean => typeof fieldsOf(place)["at"] === "number" && typeof fieldsOf(place)["taken"] === "number";
  if (!Array.isArray(input) || (takesValue(mode) && input.length !== 1) || !Array.isArray(output) || !isPlaced(end)) return false;
  const { kind, error } = fieldsOf(end);
  if (kind === "error" ? typeof fieldsOf(error)["message"] !== "string" : kind !== "end" && kind !== "left") return false;
  return output.every((chunk) => isPlaced(chunk) && Array.isArray(fieldsOf(chunk)["values"]));
}

/**
 * A copy of a value that JSON holds as it is; properties that are undefined are left out.
 *
 * Throws a StageError `invalid_argument` that names the place of what JSON cannot hold.
 */
export function jsonCopy(value: unknown, place: string): unknown {
  const obstacle = findObstacle(value, "", []);
  if (obstacle) throw new StageError("invalid_argument", `recordCassette: ${place}${obstacle}, which JSON cannot hold; record around a stage that turns it into text, numbers, lists and plain objects`);
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function findObstacle(value: unknown, path: string, around: readonly unknown[]): string | undefined {
  const where = path === "" ? " is " : ` has at ${path} `;
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? undefined : `${where}${Object.is(value, -0) ? "-0" : value}`;
  if (typeof value !== "object") return `${where}${value === undefined ? "undefined" : `a ${typeof value}`}`;
  if (around.includes(value)) return `${where}a value that holds itself`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return `${where}a ${(value.constructor as { name?: string } | undefined)?.name ?? "class instance"}`;
  const parts = Array.isArray(value) ? Array.from(value, (part: unknown, index) => [String(index), part] as const) : Object.entries(value).filter(([, part]) => part !== undefined);
  for (const [key, part] of parts) {
    const obstacle = findObstacle(part, `${path}.${key}`, [...around, value]);
    if (obstacle) return obstacle;
  }
  return undefined;
}
