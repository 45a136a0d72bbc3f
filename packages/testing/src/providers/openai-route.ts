/** What all routes of a fake OpenAI have in common. */
import type { z } from "zod";
import type { FakeReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";
import type { FakeHandler } from "./fake-routes.js";

/** A route that wants the key, where there is one. */
export function openaiRoute(key: string | undefined, handler: FakeHandler): FakeHandler {
  return (request, turn) => (key === undefined || request.headers.get("authorization") === `Bearer ${key}` ? handler(request, turn) : wrongKey(request));
}

function wrongKey({ headers }: FakeRequest): FakeReply {
  const given = headers.get("authorization")?.replace(/^Bearer /u, "");
  const message = given ? `Incorrect API key provided: ${given}. You can find your API key at https://platform.openai.com/account/api-keys.` : "You didn't provide an API key.";
  return { status: 401, body: { error: { message, type: "invalid_request_error", param: null, code: given ? "invalid_api_key" : null } } };
}

/** The refusal of a request for its first fault. */
export function invalidRequest({ issues: [issue] }: z.ZodError): FakeReply {
  const unknown = issue?.code === "unrecognized_keys";
  const param = [...(issue?.path ?? []), ...(unknown ? issue.keys.slice(0, 1) : [])].map(String).join(".");
  const message = unknown ? `Unknown parameter: '${param}'.` : `Invalid value for '${param}': ${issue?.message ?? ""}`;
  return { status: 400, body: { error: { message, type: "invalid_request_error", param: param || null, code: unknown ? "unknown_parameter" : "invalid_value" } } };
}
