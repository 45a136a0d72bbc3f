/** What the failures of Azure AI Vision become. */
import { StageError } from "@iftk/core";
import { providerError } from "@iftk/inference/http";
import { provider, type VisionReply } from "./client.js";

const onSize = /image\b.*\b(size|dimensions?)\b|\btoo (small|large)\b/iu;

/** The error for what a request threw, with what Azure leaves unsaid. */
export function failureOf(error: unknown): unknown {
  if (!StageError.is(error)) return error;
  const { code, message, cause } = error;
  if (code === "permission_denied" && /call volume quota/iu.test(message)) return new StageError("failed_precondition", message, { reason: "quota", cause });
  if (code === "invalid_argument" && onSize.test(message)) return new StageError(code, `${message} (images have 50 to 16,000 pixels a side)`, { reason: error.reason ?? "image-size", cause });
  if (code === "invalid_argument" && /not supported in (this|the) region/iu.test(message)) return new StageError(code, `${message} (ask for less by \`raw: { features: "tags,objects,people,read" }\`)`, { reason: "region", cause });
  return error;
}

/** The error that a reply with status 200 tells of, or undefined where it tells of none. */
export function failureIn({ body, secrets }: VisionReply): StageError | undefined {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  return error === undefined || error === null ? undefined : providerError({ provider, body: JSON.stringify({ error }), secrets });
}

/** The error for a reply that is JSON, but none of this kind. */
export function unexpected(what: string): StageError {
  return new StageError("unavailable", `${provider}: the reply is not ${what}`, { reason: "malformed" });
}
