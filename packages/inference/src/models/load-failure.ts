/** Why there is no model for an id. */
import { StageError } from "@iftk/core";
import { quoted } from "./model-names.js";
import type { Shelf } from "./shelf.js";

/** No loader has the model. */
export function unknownModel(name: string, shelves: readonly Shelf[]): StageError {
  const names = shelves.slice(shelves.length > 1 ? 1 : 0).map(({ loader }) => loader.name);
  return new StageError("not_found", `there is no model ${quoted(name)}; asked: ${names.join(", ")}`, { reason: "model" });
}

/** None of the loaders that may have the model could load it. The message has the words of StageErrors alone: those of others may hold anything. */
export function notLoaded(name: string, shelves: readonly Shelf[], failures: ReadonlyMap<Shelf, unknown>): StageError {
  const words = shelves.flatMap((shelf, index) => {
    if (!failures.has(shelf)) return index === 0 && shelves.length > 1 ? [] : [`${shelf.loader.name} has none`];
    const error = failures.get(shelf);
    return [`${shelf.loader.name}: ${StageError.is(error) ? error.message : `it failed with ${error instanceof Error ? error.name : typeof error}, which is in the cause`}`];
  });
  const cause = new AggregateError(failures.values(), `loading ${quoted(name)} failed`);
  return new StageError("unavailable", `the model ${quoted(name)} could not be loaded: ${words.join("; ")}`, { reason: "model", cause });
}

/** A loader cannot say which models it has. */
export function notListed(loader: string, error: unknown): StageError {
  return new StageError("unavailable", `the models of ${loader} could not be listed${StageError.is(error) ? `: ${error.message}` : ""}`, { reason: "model", cause: error });
}

/** What the promise gives; rejects at once with the reason when the signal fires. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
