/** MCP servers, as programs have them. */

/** Bounds of one request. */
export interface McpCallOptions {
  /** Cancels the request here and at the server. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which it fails with `deadline_exceeded`; 60 000 by default. */
  readonly timeout?: number;
}

/** Bounds of a call of a tool, and who is told how far it is. */
export interface McpToolCallOptions extends McpCallOptions {
  /** Is told of progress, which also renews the timeout. */
  readonly onProgress?: (progress: McpProgress) => void;
}

/** How far a call is, in units of the server. */
export interface McpProgress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/** Bytes as base64, with their media type. */
export interface McpMedia {
  readonly data: string;
  readonly mediaType: string;
}

/** The contents of a resource: a text, or bytes as base64. */
export type McpResourceContents = { readonly uri: string; readonly mediaType?: string } & ({ readonly text: string } | { readonly data: string });

/** A piece of what a tool or a prompt gives. */
export type McpContent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly image: McpMedia }
  | { readonly type: "audio"; readonly audio: McpMedia }
  | { readonly type: "resource"; readonly resource: McpResourceContents }
  /** A resource that can be read by its URI. */
  | { readonly type: "resource-link"; readonly uri: string; readonly name: string; readonly description?: string; readonly mediaType?: string };

/** A tool as chat requests name it. */
export interface McpTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a tool gave; with `isError` it tells what went wrong, for the model to read. */
export interface McpToolResult {
  readonly content: readonly McpContent[];
  /** What a tool with an output schema gives beside the content. */
  readonly structured?: unknown;
  readonly isError: boolean;
}

/** A resource that can be read. */
export interface McpResource {
  readonly uri: string;
  readonly name: string;
  readonly description?: string;
  readonly mediaType?: string;
}

/** Resources whose URIs fit a template (RFC 6570). */
export interface McpResourceTemplate extends Omit<McpResource, "uri"> {
  readonly uriTemplate: string;
}

/** A prompt that can be got. */
export interface McpPrompt {
  readonly name: string;
  readonly description?: string;
  readonly arguments: readonly { readonly name: string; readonly description?: string; readonly isRequired: boolean }[];
}

/** A message of a prompt. */
export interface McpPromptMessage {
  readonly role: "user" | "assistant";
  readonly content: readonly McpContent[];
}

/**
 * A connection to a server; disposing of it ends the server's process, where it has one of its own.
 *
 * Each request fails with a StageError: what the server says, of which `mcpErrorOf` gives code, message and data; `unavailable` with reason `connection`
 * when it is gone; `unimplemented` for what it does not offer; and the reason of the signal.
 */
export interface McpConnection extends AsyncDisposable {
  /** Name and version, as the server gives them. */
  readonly server: { readonly name: string; readonly version: string };
  /** How the server wants to be used. */
  readonly instructions: string | undefined;
  tools(options?: McpCallOptions): Promise<McpTool[]>;
  callTool(name: string, args?: Readonly<Record<string, unknown>>, options?: McpToolCallOptions): Promise<McpToolResult>;
  resources(options?: McpCallOptions): Promise<McpResource[]>;
  resourceTemplates(options?: McpCallOptions): Promise<McpResourceTemplate[]>;
  readResource(uri: string, options?: McpCallOptions): Promise<McpResourceContents[]>;
  prompts(options?: McpCallOptions): Promise<McpPrompt[]>;
  prompt(name: string, args?: Readonly<Record<string, string>>, options?: McpCallOptions): Promise<{ readonly description?: string; readonly messages: readonly McpPromptMessage[] }>;
  close(): Promise<void>;
}

/** The MCP servers that programs may connect to, by name: where they are, and what they are reached with, is the host's. */
export interface Mcp {
  availableServers(): readonly string[];
  /**
   * Connects to a server; what a program leaves open is closed at its end.
   *
   * @throws StageError `not_found` for a name that is not registered, of which `mcpErrorOf` gives code -1; `unavailable` when the server is not there.
   */
  connect(name: string, options?: McpCallOptions): Promise<McpConnection>;
}
