/** Values as they are written. */

/** Texts and bytes as they are, any other value as a line of JSON. */
export function writable(value: unknown): string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array ? value : `${JSON.stringify(value) ?? String(value)}\n`;
}
