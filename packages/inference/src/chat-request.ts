/** Reading a chat request that comes from outside. */
import { StageError } from "@iftk/core";
import type { z } from "zod";
import { chatRequest, type ChatRequest } from "./chat.js";

const longestMessage = 300;

/**
 * The chat request that a value holds.
 *
 * @throws StageError `invalid_argument` that says in one line where and what is wrong, such as
 * `messages[0].role: expected one of "system", "user", "assistant", "tool"`.
 */
export function parseChatRequest(value: unknown): ChatRequest {
  const result = chatRequest.safeParse(value);
  if (result.success) return result.data;
  throw invalidArgument(result.error.issues, "request");
}

/** The error that tells of the first of the issues and counts the others. */
export function invalidArgument(issues: readonly z.core.$ZodIssue[], subject: string): StageError {
  const [first] = issues;
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const what = first ? `${pathOf(first.path) || subject}: ${explain(first)}` : `${subject}: not valid`;
  return new StageError("invalid_argument", `${shorten(what, longestMessage - others.length)}${others}`);
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`)).join("");
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  if (issue.code === "unrecognized_keys") return `unknown field ${issue.keys.slice(0, 4).map((key) => JSON.stringify(shorten(key, 40))).join(", ")}`;
  const [, detail = issue.message] = /^(?:Invalid input|Invalid option|Too small|Too big): (.*)$/su.exec(issue.message) ?? [];
  return detail;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
