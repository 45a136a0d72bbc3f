export { connectMcp } from "./connect-mcp.js";
export type { ConnectMcpOptions } from "./connect-mcp.js";
export type {
  McpCallOptions,
  McpConnection,
  McpProgress,
  McpPrompt,
  McpPromptMessage,
  McpResource,
  McpResourceTemplate,
  McpTool,
  McpToolCallOptions,
  McpToolResult,
} from "./mcp-connection.js";
export { toolMessageContent } from "./mcp-content.js";
export type { McpContent, McpMedia, McpResourceContents, ToolMessageContent } from "./mcp-content.js";
export { mcpErrorOf } from "./mcp-failure.js";
export type { McpErrorFields } from "./mcp-failure.js";
export { mcpServers, mcpTool } from "./mcp-servers.js";
export type { McpServers } from "./mcp-servers.js";
export type { McpEndpoint, McpProcess, McpServerAddress } from "./mcp-transport.js";
