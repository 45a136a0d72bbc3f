/** What the bodies of failed requests say, in the shapes that providers give them. */

/** What a provider says of a failure. */
export interface Fault {
  /** For people; undefined where the body has none. */
  readonly message: string | undefined;
  /** For programs: types, codes and names, from the outside in, in lower case. */
  readonly marks: readonly string[];
  /** Seconds that a model still takes to load, as Hugging Face tells. */
  readonly estimatedTime: number | undefined;
}

/**
 * Reads the body of a failed request: JSON in the shapes of OpenAI, Anthropic, Hugging Face, Azure, Replicate,
 * Runway and Stability, or plain text; a page of HTML is named, not quoted.
 */
export function readFault(body: string): Fault {
  const text = body.trim();
  if (text === "") return { message: undefined, marks: [], estimatedTime: undefined };
  const value = tryParse(text);
  if (value === undefined && text.startsWith("<")) return { message: "answered with a page of HTML or XML", marks: [], estimatedTime: undefined };
  if (value === undefined || typeof value === "string") return { message: value ?? text, marks: [], estimatedTime: undefined };
  const top = record(Array.isArray(value) ? value[0] : value);
  const estimated = top["estimated_time"];
  return {
    message: messageOf(top),
    marks: marksOf(top).map((mark) => mark.toLowerCase()),
    estimatedTime: typeof estimated === "number" && estimated >= 0 ? estimated : undefined,
  };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How deep errors may lie within errors. */
const mostLevels = 4;

/** Texts of a list that are read. */
const mostTexts = 8;

function messageOf(fault: Record<string, unknown>, level = 0): string | undefined {
  const inner = level < mostLevels ? errorText(fault["error"], level) : undefined;
  const said = inner ?? textOf(fault["message"]) ?? textOf(fault["detail"]) ?? textOf(fault["title"]) ?? textOf(fault["error_description"]);
  const details = textOf(fault["errors"]) ?? textOf(fault["issues"]);
  return said && details ? `${said}: ${details}` : (said ?? details ?? textOf(fault["name"]));
}

function errorText(error: unknown, level: number): string | undefined {
  return isRecord(error) ? messageOf(error, level + 1) : textOf(error);
}

/** A text, or the texts of a list of texts or of records that tell a message and a place. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() || undefined;
  if (!Array.isArray(value)) return undefined;
  const texts = value.slice(0, mostTexts).map((item: unknown) => (isRecord(item) ? textAt(item) : item));
  return texts.filter((text) => typeof text === "string" && text.trim() !== "").join("; ") || undefined;
}

function textAt({ path, loc, message, msg }: Record<string, unknown>): unknown {
  const said = message ?? msg;
  const place = path ?? loc;
  if (typeof said !== "string" || !Array.isArray(place)) return said;
  const steps = place.slice(0, mostTexts).filter((step) => typeof step === "string" || typeof step === "number");
  return steps.length > 0 ? `${steps.join(".")}: ${said}` : said;
}

function marksOf(fault: Record<string, unknown>, level = 0): string[] {
  const own = ["type", "code", "name", "status", "failureCode", "error_code", "error_type"].flatMap((key) => (typeof fault[key] === "string" && fault[key] !== "error" ? [fault[key]] : []));
  const inner = ["error", "innererror", "inner_error", "details"].flatMap((key) => (isRecord(fault[key]) && level < mostLevels ? marksOf(fault[key], level + 1) : []));
  return [...own, ...inner];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
