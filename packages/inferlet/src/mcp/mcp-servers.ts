/** MCP servers by name. */
import { StageError, unary, type Unary } from "@iftk/core";
import { connectMcp, type ConnectMcpOptions } from "./connect-mcp.js";
import type { McpConnection, McpToolResult } from "./mcp-connection.js";
import type { McpServerAddress } from "./mcp-transport.js";

/** The servers that programs may connect to. */
export interface McpServers {
  names(): string[];
  /**
   * Connects to a server by its name.
   *
   * @throws StageError `not_found` that says which there are; what `connectMcp` throws.
   */
  connect(name: string, options?: ConnectMcpOptions): Promise<McpConnection>;
}

/** Gives servers by name, so that programs need not know where they are nor what they are reached with. */
export function mcpServers(addresses: Readonly<Record<string, McpServerAddress>>): McpServers {
  const known = new Map(Object.entries(addresses));
  return {
    names: () => [...known.keys()],
    async connect(name, options) {
      const address = known.get(name);
      if (!address) throw new StageError("not_found", `mcp: no server ${name} is registered; there are ${[...known.keys()].join(", ") || "none"}`);
      return connectMcp(address, options);
    },
  };
}

/** A tool of a server as a stage, from its arguments to its result; its signal cancels the call at the server. */
export function mcpTool(connection: McpConnection, name: string): Unary<Readonly<Record<string, unknown>>, McpToolResult> {
  const call = async (args: Readonly<Record<string, unknown>>, { signal }: { readonly signal: AbortSignal }): Promise<McpToolResult> => connection.callTool(name, args, { signal });
  return unary(Object.defineProperty(call, "name", { value: name }));
}
