/** Errors of MCP servers, as they tell them. */
import { StageError } from "@iftk/core";
import type { Mcp } from "./mcp.js";

/** An error as an MCP server tells it (JSON-RPC 2.0, section 5.1). */
export interface McpErrorFields {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
}

/** What stands behind a StageError that an MCP server told. */
export class McpError extends Error implements McpErrorFields {
  readonly code: number;
  readonly data: unknown;

  constructor({ code, message, data }: McpErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.name = "McpError";
    this.code = code;
    this.data = data;
  }
}

/** Code, message and data as the server told them, of an error that a connection threw; undefined for other errors. */
export function mcpErrorOf(error: unknown): McpErrorFields | undefined {
  const cause = StageError.is(error) ? error.cause : undefined;
  return cause instanceof McpError ? { code: cause.code, message: cause.message, data: cause.data } : undefined;
}

/** There is no server of this name. */
export function noMcpServer(name: string, known: readonly string[]): StageError {
  const message = `no server ${name} is registered; there are ${known.join(", ") || "none"}`;
  return new StageError("not_found", `mcp: ${message}`, { reason: "mcp", cause: new McpError({ code: -1, message, data: undefined }) });
}

/** No servers at all. */
export const noMcp: Mcp = {
  availableServers: () => [],
  connect: async (name) => Promise.reject(noMcpServer(name, [])),
};
