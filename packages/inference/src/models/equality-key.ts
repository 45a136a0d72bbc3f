/** Keys by which equal values meet. */

/** A key that is the same for values that hold the same, as JSON would have it; any other value is its own key. */
export function equalityKey(value: unknown): unknown {
  let isJson = true;
  const sorted = function (this: Readonly<Record<string, unknown>>, key: string, given: unknown): unknown {
    const raw = this[key];
    if (isPlain(raw)) return Object.fromEntries(Object.entries(raw).sort(([one], [other]) => (one < other ? -1 : 1)));
    isJson &&= raw === null || raw === undefined || Array.isArray(raw) || typeof raw === "string" || typeof raw === "boolean" || Number.isFinite(raw);
    return isJson ? given : null;
  };
  try {
    const text = JSON.stringify(value, sorted);
    return isJson ? text : value;
  } catch {
    return value; // it holds itself
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
