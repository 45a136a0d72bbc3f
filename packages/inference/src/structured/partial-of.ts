/** What a failed call had of its object. */

const partials = new WeakMap<object, unknown>();

/** Remembers what there was of an object when the error ended its call, without touching the error. */
export function rememberPartial(error: unknown, partial: unknown): void {
  if (typeof error === "object" && error !== null) partials.set(error, partial);
}

/** What there was of the object when this error ended the call for it: as the model gave it, not validated; undefined where there was nothing. */
export function partialOf(error: unknown): unknown {
  return typeof error === "object" && error !== null ? partials.get(error) : undefined;
}
