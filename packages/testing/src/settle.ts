/** Promises observed for a bounded number of turns of the event loop. */
import { turns } from "./signals.js";

/** What a promise has come to. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown } | "pending";

/** What the promise has come to after at most so many turns of the event loop; it never rejects. */
export async function settle<T>(promise: T | PromiseLike<T>, count: number): Promise<Outcome<T>> {
  const settled = Promise.resolve(promise).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  let outcome: Outcome<T> = "pending";
  for (let turn = 0; turn < count && outcome === "pending"; turn++) outcome = await Promise.race([settled, turns().then(() => "pending" as const)]);
  return outcome;
}

/** Whether the outcome is a rejection with this very reason. */
export function isRejectionWith(outcome: Outcome<unknown>, reason: unknown): boolean {
  return outcome !== "pending" && "error" in outcome && Object.is(outcome.error, reason);
}

/** The outcome in words: "it is still pending", "it was rejected with Error: x", "it gave 5". */
export function describeOutcome(outcome: Outcome<unknown>): string {
  if (outcome === "pending") return "it is still pending";
  return "error" in outcome ? `it was rejected with ${show(outcome.error)}` : `it gave ${show(outcome.value)}`;
}

/** A value in few words, for a message. */
export function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "function") return `a function ${value.name}`;
  if (typeof value !== "object" || value === null) return typeof value === "string" ? JSON.stringify(value) : String(value);
  try {
    const text = JSON.stringify(value) ?? "an object";
    return text.length > 300 ? `${text.slice(0, 300)}…` : text;
  } catch {
    return "an object that JSON cannot hold";
  }
}
