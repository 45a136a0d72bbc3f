/** What a pipeline gives, as it is written. */

export interface RunOutputOptions {
  /** Every value as a line of JSON. */
  readonly json: boolean;
  /** Every text on a line of its own. */
  readonly lines: boolean;
}

/** A value as it is written: texts and bytes as they are, anything else as a line of JSON. In JSON, bytes are `{"base64": ...}`. */
export function written(value: unknown, { json, lines }: RunOutputOptions): string | Uint8Array {
  if (json) return jsonLine(value);
  if (typeof value === "string") return lines ? `${value}\n` : value;
  return value instanceof Uint8Array ? value : jsonLine(value);
}

function jsonLine(value: unknown): string {
  return `${JSON.stringify(value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value) ?? "null"}\n`;
}
