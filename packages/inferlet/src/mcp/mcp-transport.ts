/** Where an MCP server is, and how it is reached. */
import { kill } from "node:process";
import { StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { StageError } from "@iftk/core";

/** A server that is started as a process of its own and spoken to over its standard streams. */
export interface McpProcess {
  readonly command: string;
  readonly args?: readonly string[];
  /** Variables that it sees beside the few that are harmless, such as PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What becomes of what it logs: `ignore` (the default), or `inherit` to show it. */
  readonly stderr?: "ignore" | "inherit";
}

/** A server that is reached over streamable HTTP. */
export interface McpEndpoint {
  readonly url: URL | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a server is; a transport of the SDK is used as it is. */
export type McpServerAddress = McpProcess | McpEndpoint | Transport;

/** A server that can be opened and closed. */
export interface ReachedServer {
  /** For messages; it holds no secrets. */
  readonly label: string;
  readonly secrets: readonly string[];
  readonly transport: Transport;
  /** Closes it with the client that speaks to it. */
  readonly close: (client: { close(): Promise<void> }) => Promise<void>;
}

/** Milliseconds that a process, and a server that is told of the end of a session, are given. */
const grace = 500;

/** @throws StageError `invalid_argument` for a URL that is none. */
export function reach(address: McpServerAddress): ReachedServer {
  if ("start" in address) return { label: "server", secrets: [], transport: address, close: (client) => client.close() };
  return "command" in address ? reachProcess(address) : reachEndpoint(address);
}

function reachProcess({ command, args = [], env, cwd, stderr = "ignore" }: McpProcess): ReachedServer {
  const transport = new EndedProcess({ command, args: [...args], stderr, ...(env && { env: { ...env } }), ...(cwd !== undefined && { cwd }) });
  return {
    label: command.split(/[\\/]/).at(-1) ?? command,
    secrets: Object.values(env ?? {}),
    transport,
    async close(client) {
      await client.close();
      await transport.close(); // a client that failed to connect has closed it without waiting
    },
  };
}

/** A process that has ended when it is closed: it is asked to by the end of its input, and one that does not hear is killed. */
class EndedProcess extends StdioClientTransport {
  #closed: Promise<void> | undefined;

  override close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { pid } = this;
    const timer = pid === null ? undefined : setTimeout(() => killIfThere(pid), grace);
    await super.close();
    clearTimeout(timer);
  }
}

function killIfThere(pid: number): void {
  try {
    kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function reachEndpoint({ url, headers }: McpEndpoint): ReachedServer {
  if (!URL.canParse(url)) throw new StageError("invalid_argument", `mcp: ${String(url)} is no URL`);
  const parsed = new URL(url);
  const transport = new StreamableHTTPClientTransport(parsed, headers && { requestInit: { headers: { ...headers } } });
  return {
    label: parsed.host,
    secrets: Object.values(headers ?? {}),
    transport,
    async close(client) {
      if (transport.sessionId !== undefined) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, grace)));
        await Promise.race([transport.terminateSession().catch(() => {}), late]); // it may be gone already
        clearTimeout(timer);
      }
      await client.close();
    },
  };
}
