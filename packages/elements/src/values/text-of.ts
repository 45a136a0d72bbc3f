/** Values as people and files see them. */

/** The value as text: a string as it is, anything else as JSON in one line. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}
