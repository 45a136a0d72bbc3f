/** Speaks to an MCP server through the official SDK. */
import { Client, type RequestOptions } from "@modelcontextprotocol/client";
import { StageError } from "@iftk/core";
import type { McpCallOptions, McpConnection, McpToolCallOptions } from "../session/mcp.js";
import { contentOf, mediaTypeOf, resourceOf } from "./mcp-content.js";
import { mcpFailure } from "./mcp-failure.js";
import { reach, type McpServerAddress, type ReachedServer } from "./mcp-transport.js";

/** How a connection is made. */
export interface ConnectMcpOptions extends McpCallOptions {
  /** What this client calls itself; `iftk` by default. */
  readonly client?: { readonly name: string; readonly version: string };
  /** Asks first whether the server speaks MCP of 2026-07-28 or later, and speaks the older one where it does not; it costs one more request. The older one by default. */
  readonly negotiates?: boolean;
}

/**
 * Connects to an MCP server: a command that is run, a URL, or a transport of the SDK.
 *
 * @throws StageError `failed_precondition` with reason `command` when the command cannot be run, `unavailable` when the server is not there or ends,
 * `unauthenticated` and others by the status of the answer; the reason of the signal.
 */
export async function connectMcp(address: McpServerAddress, { client: info = { name: "iftk", version: "0.1.0" }, negotiates = false, ...options }: ConnectMcpOptions = {}): Promise<McpConnection> {
  options.signal?.throwIfAborted();
  const server = reach(address);
  const client = new Client({ ...info }, negotiates ? { versionNegotiation: { mode: "auto" } } : {});
  try {
    await client.connect(server.transport, requestOptions(options));
  } catch (error) {
    const failure = mcpFailure(error, { server: server.label, signal: options.signal, secrets: server.secrets });
    await server.close(client).catch(() => {}); // the failure to connect is what counts
    throw failure;
  }
  return new ClientConnection(client, server);
}

class ClientConnection implements McpConnection {
  readonly server: McpConnection["server"];
  readonly instructions: string | undefined;
  readonly #client: Client;
  readonly #server: ReachedServer;
  #closed: Promise<void> | undefined;

  constructor(client: Client, server: ReachedServer) {
    this.#client = client;
    this.#server = server;
    const { name = server.label, version = "" } = client.getServerVersion() ?? {};
    this.server = { name, version };
    this.instructions = client.getInstructions();
  }

  tools(options?: McpCallOptions): ReturnType<McpConnection["tools"]> {
    return this.#ask(options, async (request) => {
      const { tools } = await this.#client.listTools(undefined, request);
      return tools.map(({ name, description, inputSchema }) => ({ name, ...(description !== undefined && { description }), parameters: inputSchema }));
    });
  }

  callTool(name: string, args: Readonly<Record<string, unknown>> = {}, options?: McpToolCallOptions): ReturnType<McpConnection["callTool"]> {
    return this.#ask(options, async (request) => {
      const { content, structuredContent, isError = false } = await this.#client.callTool({ name, arguments: { ...args } }, request);
      return { content: content.map(contentOf), ...(structuredContent !== undefined && { structured: structuredContent }), isError };
    });
  }

  resources(options?: McpCallOptions): ReturnType<McpConnection["resources"]> {
    return this.#ask(options, async (request) => {
      const { resources } = await this.#client.listResources(undefined, request);
      return resources.map(({ uri, ...resource }) => ({ uri, ...factsOf(resource) }));
    });
  }

  resourceTemplates(options?: McpCallOptions): ReturnType<McpConnection["resourceTemplates"]> {
    return this.#ask(options, async (request) => {
      const { resourceTemplates } = await this.#client.listResourceTemplates(undefined, request);
      return resourceTemplates.map(({ uriTemplate, ...template }) => ({ uriTemplate, ...factsOf(template) }));
    });
  }

  readResource(uri: string, options?: McpCallOptions): ReturnType<McpConnection["readResource"]> {
    return this.#ask(options, async (request) => (await this.#client.readResource({ uri }, request)).contents.map(resourceOf));
  }

  prompts(options?: McpCallOptions): ReturnType<McpConnection["prompts"]> {
    return this.#ask(options, async (request) => {
      const { prompts } = await this.#client.listPrompts(undefined, request);
      return prompts.map((prompt) => ({
        ...factsOf(prompt),
        arguments: (prompt.arguments ?? []).map(({ required = false, ...argument }) => ({ ...factsOf(argument), isRequired: required })),
      }));
    });
  }

  prompt(name: string, args: Readonly<Record<string, string>> = {}, options?: McpCallOptions): ReturnType<McpConnection["prompt"]> {
    return this.#ask(options, async (request) => {
      const { description, messages } = await this.#client.getPrompt({ name, arguments: { ...args } }, request);
      return { ...(description !== undefined && { description }), messages: messages.map(({ role, content }) => ({ role, content: [contentOf(content)] })) };
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#server.close(this.#client);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask<T>(options: McpToolCallOptions = {}, request: (options: RequestOptions) => Promise<T>): Promise<T> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#closed) throw new StageError("failed_precondition", `mcp: ${this.server.name}: the connection is closed`, { reason: "closed" });
    try {
      return await request(requestOptions(options));
    } catch (error) {
      throw mcpFailure(error, { server: this.server.name, signal, secrets: this.#server.secrets });
    }
  }
}

function factsOf(of: { readonly name: string; readonly description?: string | undefined; readonly mimeType?: string | undefined }): { name: string; description?: string; mediaType?: string } {
  return { name: of.name, ...(of.description !== undefined && { description: of.description }), ...mediaTypeOf(of) };
}

function requestOptions({ signal, timeout, onProgress }: McpToolCallOptions): RequestOptions {
  return { ...(signal && { signal }), ...(timeout !== undefined && { timeout }), ...(onProgress && { onprogress: onProgress, resetTimeoutOnProgress: true }) };
}
