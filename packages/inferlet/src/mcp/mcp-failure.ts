/** What the errors of MCP become. */
import { ProtocolError, ResourceNotFoundError, SdkError, SdkErrorCode, SdkHttpError, UnauthorizedError } from "@modelcontextprotocol/client";
import { StageError, type StageErrorCode } from "@iftk/core";
import { McpError } from "../session/mcp-error.js";

/** What is known where a call failed. */
export interface FailureContext {
  /** Of the server, for messages. */
  readonly server: string;
  readonly signal?: AbortSignal | undefined;
  /** Texts that no message may show. */
  readonly secrets: readonly string[];
}

const protocolCodes = new Map<number, StageErrorCode>([
  [-32700, "internal"],
  [-32600, "invalid_argument"],
  [-32601, "unimplemented"],
  [-32602, "invalid_argument"],
  [-32603, "internal"],
  [-32002, "not_found"],
  [-32021, "failed_precondition"],
  [-32022, "failed_precondition"],
  [-32042, "failed_precondition"],
]);

const sdkCodes = new Map<string, readonly [StageErrorCode, string]>([
  [SdkErrorCode.NotConnected, ["unavailable", "connection"]],
  [SdkErrorCode.ConnectionClosed, ["unavailable", "connection"]],
  [SdkErrorCode.SendFailed, ["unavailable", "connection"]],
  [SdkErrorCode.EraNegotiationFailed, ["unavailable", "connection"]],
  [SdkErrorCode.ClientHttpFailedToOpenStream, ["unavailable", "connection"]],
  [SdkErrorCode.RequestTimeout, ["deadline_exceeded", "timeout"]],
  [SdkErrorCode.CapabilityNotSupported, ["unimplemented", "capability"]],
  [SdkErrorCode.MethodNotSupportedByProtocolVersion, ["unimplemented", "capability"]],
  [SdkErrorCode.UnsupportedResultType, ["unimplemented", "capability"]],
  [SdkErrorCode.InvalidResult, ["unavailable", "malformed"]],
  [SdkErrorCode.ClientHttpUnexpectedContent, ["unavailable", "malformed"]],
  [SdkErrorCode.ListPaginationExceeded, ["resource_exhausted", "pages"]],
]);

const statusCodes = new Map<number, StageErrorCode>([
  [400, "invalid_argument"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "not_found"],
  [408, "deadline_exceeded"],
  [413, "invalid_argument"],
  [429, "resource_exhausted"],
  [501, "unimplemented"],
]);

/** The error that a failed call ends with: the reason of the signal when that has fired, or else a StageError with what the SDK threw as its cause. */
export function mcpFailure(error: unknown, { server, signal, secrets }: FailureContext): unknown {
  if (signal?.aborted) return signal.reason;
  if (StageError.is(error)) return error;
  const fail = (code: StageErrorCode, what: string, reason?: string, cause = error): StageError => new StageError(code, `mcp: ${server}: ${hide(what, secrets)}`, { reason, cause });
  const { message, code: systemCode } = error as { readonly message: string; readonly code?: unknown };
  if (error instanceof ProtocolError) {
    const told = new McpError({ code: error.code, message: hide(message, secrets), data: error.data }, { cause: error });
    return fail(error instanceof ResourceNotFoundError ? "not_found" : (protocolCodes.get(error.code) ?? "unknown"), message, "mcp", told);
  }
  if (error instanceof UnauthorizedError) return fail("unauthenticated", "the server wants other credentials", "key");
  if (error instanceof SdkHttpError) return fail(statusCodes.get(error.status) ?? (error.status >= 500 ? "unavailable" : "unknown"), `it answered with status ${error.status}`);
  if (error instanceof SdkError) return fail(...withText(sdkCodes.get(error.code) ?? ["unknown", "mcp"], message));
  if (systemCode === "ENOENT" || systemCode === "EACCES") return fail("failed_precondition", `its command cannot be run (${systemCode})`, "command");
  return fail("unavailable", error instanceof Error ? message : String(error), "connection");
}

function withText([code, reason]: readonly [StageErrorCode, string], text: string): [StageErrorCode, string, string] {
  return [code, text, reason];
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length >= 4).reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
}
