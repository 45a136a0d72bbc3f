/** Reading what a provider sent without trust in its shape. */

/** JSON whose fields are not known to be there. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The records of a list; none of what is no list. */
export function recordsOf(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The field where it is such a text, a number; undefined otherwise. */
export function textIn(value: JsonRecord, name: string): string | undefined {
  const field = value[name];
  return typeof field === "string" ? field : undefined;
}

export function numberIn(value: JsonRecord, name: string): number | undefined {
  const field = value[name];
  return typeof field === "number" ? field : undefined;
}

/** The field where it is a record, or one without fields. */
export function recordIn(value: JsonRecord, name: string): JsonRecord {
  const field = value[name];
  return isRecord(field) ? field : {};
}
