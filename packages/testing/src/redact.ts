/** Takes what looks like a key out of what is kept. */

const keyLike = /\b(?:(?:sk|pk|rk|key|hf|r8|gh[pousr]|xox[abprs])[-_]|AKIA|AIza)[\w-]{12,}/g;
const credentials = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;
const named = /((?:api[-_]?key|access[-_]?token|secret|password)["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi;

/** The text with `[redacted]` in the place of keys, bearer tokens and passwords. */
export function redactSecrets(text: string): string {
  return text.replace(credentials, "$1 [redacted]").replace(keyLike, "[redacted]").replace(named, "$1[redacted]");
}

/** The value with every text in it changed; for values that JSON holds. */
export function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((part: unknown) => redactDeep(part, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, redactDeep(part, redact)]));
}
