/** The requests of a connection as data, so that they can be sent elsewhere or bounded all alike. */
import type { McpConnection, McpToolCallOptions } from "./mcp.js";

/** The requests that a connection answers. */
export type McpMethod = "tools" | "callTool" | "resources" | "resourceTemplates" | "readResource" | "prompts" | "prompt";

/** How many arguments each takes before its options. */
const counts: ReadonlyMap<string, number> = new Map<McpMethod, number>([["tools", 0], ["callTool", 2], ["resources", 0], ["resourceTemplates", 0], ["readResource", 1], ["prompts", 0], ["prompt", 2]]);

/** Answers a request of a connection. */
export type Ask = (method: McpMethod, args: readonly unknown[], options: McpToolCallOptions | undefined) => Promise<unknown>;

/** A connection whose requests are answered by a function. */
export function connectionBy({ server, instructions }: Pick<McpConnection, "server" | "instructions">, ask: Ask, close: () => Promise<void>): McpConnection {
  const requests = Object.fromEntries([...counts].map(([method, count]) => [method, (...all: unknown[]) => ask(method as McpMethod, Array.from({ length: count }, (_, n) => all[n]), all[count] as McpToolCallOptions | undefined)]));
  return { ...(requests as unknown as Pick<McpConnection, McpMethod>), server, instructions, close, [Symbol.asyncDispose]: close };
}

/** Whether a name, which may come from elsewhere, is that of a request. */
export function isMcpMethod(name: string): name is McpMethod {
  return counts.has(name);
}

/** Puts a request to a connection. */
export function askConnection(connection: McpConnection, ...[method, args, options]: Parameters<Ask>): Promise<unknown> {
  return (connection as unknown as Record<McpMethod, (...all: unknown[]) => Promise<unknown>>)[method](...args, options);
}
