/** JSON that a provider sent. */
import { StageError } from "@iftk/core";

/**
 * The value that the text holds.
 *
 * @throws StageError `unavailable`, reason `malformed`, where it is no JSON; it tells the length, never the text.
 */
export function parseJson(provider: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text, so it is not kept as a cause.
    throw malformed(provider, text);
  }
}

/** The error for a text that is no JSON, which says what it seems to be. */
export function malformed(provider: string, text: string): StageError {
  const start = text.slice(0, 512).trimStart();
  const what = start === "" ? "nothing" : start.startsWith("<") ? "HTML or XML" : "no valid JSON";
  return new StageError("unavailable", `${provider}: the reply is ${what} (${text.length} characters) where JSON was expected; check the base URL, or try again`, { reason: "malformed" });
}
