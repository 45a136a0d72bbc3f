/** MCP servers by name. */
import { unary, type Unary } from "@iftk/core";
import type { Mcp, McpConnection, McpToolResult } from "../session/mcp.js";
import { noMcpServer } from "../session/mcp-error.js";
import { connectMcp, type ConnectMcpOptions } from "./connect-mcp.js";
import type { McpServerAddress } from "./mcp-transport.js";

/** Servers that were given by name. */
export interface McpServers extends Mcp {
  /**
   * Connects to a server by its name.
   *
   * @throws StageError `not_found` that says which there are; what `connectMcp` throws.
   */
  connect(name: string, options?: ConnectMcpOptions): Promise<McpConnection>;
}

/** Gives servers by name, so that programs need not know where they are nor what they are reached with; an address that is a function is asked for each connection. */
export function mcpServers(addresses: Readonly<Record<string, McpServerAddress | (() => McpServerAddress | Promise<McpServerAddress>)>>): McpServers {
  const known = new Map(Object.entries(addresses));
  return {
    availableServers: () => [...known.keys()],
    async connect(name, options) {
      const address = known.get(name);
      if (!address) throw noMcpServer(name, [...known.keys()]);
      return connectMcp(typeof address === "function" ? await address() : address, options);
    },
  };
}

/** A tool of a server as a stage, from its arguments to its result; its signal cancels the call at the server. */
export function mcpTool(connection: McpConnection, name: string): Unary<Readonly<Record<string, unknown>>, McpToolResult> {
  const call = async (args: Readonly<Record<string, unknown>>, { signal }: { readonly signal: AbortSignal }): Promise<McpToolResult> => connection.callTool(name, args, { signal });
  return unary(Object.defineProperty(call, "name", { value: name }));
}
