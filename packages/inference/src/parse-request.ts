/** Reading a request that comes from outside. */
import { StageError } from "@iftk/core";
import type { z } from "zod";
import { chatRequest, type ChatRequest } from "./chat.js";

const longestMessage = 300;

/**
 * The request that a value holds.
 *
 * @throws StageError `invalid_argument` that says in one line where and what is wrong, such as
 * `messages[0].role: expected one of "system", "user", "assistant", "tool"`.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown, subject = "request"): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidArgument(result.error.issues, subject);
}

/** The chat request that a value holds; it throws as `parseRequest` does. */
export function parseChatRequest(value: unknown): ChatRequest {
  return parseRequest(chatRequest, value);
}

/** The error that tells of the first of the issues and counts the others. */
export function invalidArgument(issues: readonly z.core.$ZodIssue[], subject: string): StageError {
  const [first] = issues;
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const what = first ? describe(first, subject) : `${subject}: not valid`;
  return new StageError("invalid_argument", `${shorten(what, longestMessage - others.length)}${others}`);
}

function describe(issue: z.core.$ZodIssue, subject: string): string {
  const { path, explanation } = innermost(issue);
  return `${pathOf(path) || subject}: ${explanation}`;
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly explanation: string;
}

/** What is wrong in that form of a union which the value comes nearest to: the one in which the fault lies deepest. */
function innermost(issue: z.core.$ZodIssue): Fault {
  if (issue.code !== "invalid_union") return { path: issue.path, explanation: explain(issue) };
  if (issue.errors.length === 0) return { path: issue.path, explanation: expectedOneOf(issue.inclusive === false ? [] : (issue.options ?? [])) };
  const faults = issue.errors.flatMap(([first]) => (first ? [innermost(first)] : []));
  const depth = Math.max(...faults.map(({ path }) => path.length));
  const deepest = faults.filter(({ path }) => path.length === depth);
  const [one] = deepest;
  if (deepest.length === 1 && one) return { path: [...issue.path, ...one.path], explanation: one.explanation };
  const path = deepest[0]?.path ?? [];
  if (deepest.some((fault) => pathOf(fault.path) !== pathOf(path))) return { path: issue.path, explanation: deepest.map((fault) => `${pathOf(fault.path)}: ${fault.explanation}`).join(", or ") };
  return { path: [...issue.path, ...path], explanation: either(deepest.map(({ explanation }) => explanation)) };
}

/** Several explanations as one: `expected string or array, received number`. */
function either(explanations: readonly string[]): string {
  const mismatches = explanations.map((explanation) => /^expected (\w+), received (\w+)$/u.exec(explanation));
  if (!mismatches.every((match) => match !== null)) return [...new Set(explanations)].join(", or ");
  return `expected ${[...new Set(mismatches.map(([, expected = ""]) => expected))].join(" or ")}, received ${mismatches[0]?.[2] ?? ""}`;
}

const expectedOneOf = (values: readonly unknown[]): string => `expected one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`)).join("");
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return expectedOneOf(issue.values);
  if (issue.code === "unrecognized_keys") return `unknown field ${issue.keys.slice(0, 4).map((key) => JSON.stringify(shorten(key, 40))).join(", ")}`;
  const [, detail = issue.message] = /^(?:Invalid input|Invalid option|Too small|Too big): (.*)$/su.exec(issue.message) ?? [];
  return detail;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
