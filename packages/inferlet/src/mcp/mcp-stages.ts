/** MCP servers as stages, so that programs in another thread reach them, and MCP over such stages. */
import { outputStream, StageError, type OutputStream, type StageErrorCode, type Stream } from "@iftk/core";
import type { Mcp, McpConnection, McpProgress, McpToolCallOptions } from "../session/mcp.js";
import { McpError, mcpErrorOf, noMcpServer, type McpErrorFields } from "../session/mcp-error.js";
import { askConnection, connectionBy, isMcpMethod, type Ask } from "../session/mcp-requests.js";

/** The server to connect to. */
export interface McpConnectRequest {
  readonly name: string;
  readonly timeout?: number | undefined;
}

/** A connection that is open until the stream which gives it is left. */
export interface OpenedMcp extends Pick<McpConnection, "server" | "instructions"> {
  readonly key: number;
}

/** A request of a connection. */
export interface McpRequest {
  readonly key: number;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly timeout?: number | undefined;
  /** Whether progress is to be told. */
  readonly isWatched: boolean;
}

/** An error that a server told; as the cause of an error crosses no wire, what it says is a value. */
export interface ToldError {
  readonly type: "error";
  readonly code: StageErrorCode;
  readonly reason: string | undefined;
  readonly message: string;
  readonly told: McpErrorFields;
}

/** What a request gives at last, or what the server tells of its failure. */
export type McpAnswer<T> = { readonly type: "value"; readonly value: T } | ToldError;

/** How far a request is. */
export interface ToldProgress {
  readonly type: "progress";
  readonly progress: McpProgress;
}

/** What MCP servers can do, as stages. */
export interface McpStages {
  readonly connect: OutputStream<McpConnectRequest, McpAnswer<OpenedMcp>>;
  readonly request: OutputStream<McpRequest, ToldProgress | McpAnswer<unknown>>;
}

/** The stages of MCP servers for one caller: connections that it opens are its own. */
export function mcpStages(mcp: Mcp): McpStages {
  const connections = new Map<number, McpConnection>();
  let lastKey = 0;
  return {
    connect: outputStream(async function* connect({ name, timeout }: McpConnectRequest, { signal }) {
      const answer = await answerOf(mcp.connect(name, { signal, ...(timeout !== undefined && { timeout }) }));
      if (answer.type !== "value") {
        yield answer;
        return;
      }
      const connection = answer.value;
      const key = ++lastKey;
      connections.set(key, connection);
      try {
        const { server, instructions } = connection;
        yield { type: "value" as const, value: { key, server, instructions } };
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      } finally {
        connections.delete(key);
        await connection.close();
      }
    }),
    request: outputStream(async function* request({ key, method, args, timeout, isWatched }: McpRequest, { signal }) {
      const connection = connections.get(key);
      if (!connection) throw new StageError("failed_precondition", "mcp: the connection is closed", { reason: "closed" });
      if (!isMcpMethod(method)) throw new StageError("unimplemented", `mcp: there is no request ${method}`);
      let told: McpProgress | undefined;
      let isOver = false;
      let wake = (): void => {};
      const onProgress = (progress: McpProgress): void => {
        told = progress;
        wake();
      };
      const onEnd = (): void => {
        isOver = true;
        wake();
      };
      const bounds = { signal, ...(timeout !== undefined && { timeout }), ...(isWatched && { onProgress }) };
      const answer = answerOf(askConnection(connection, method, args, bounds));
      answer.then(onEnd, onEnd);
      while (told || !isOver) {
        const progress: McpProgress | undefined = told; // of what comes faster than it is read, the latest
        told = undefined;
        if (progress) yield { type: "progress" as const, progress };
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      yield await answer;
    }),
  };
}

/** MCP over stages that are served elsewhere, where servers of these names are. */
export function mcpOver({ connect, request }: McpStages, names: readonly string[]): Mcp {
  return {
    availableServers: () => names,
    async connect(name, { signal, timeout } = {}) {
      signal?.throwIfAborted();
      if (!names.includes(name)) throw noMcpServer(name, names);
      // The signal is for connecting; the stage holds the connection until it is left.
      const connecting = new AbortController();
      const onAbort = (): void => connecting.abort(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      const opened = connect({ name, timeout }, { signal: connecting.signal })[Symbol.asyncIterator]();
      try {
        const { value: answer } = (await opened.next()) as IteratorResult<McpAnswer<OpenedMcp>, undefined>;
        const { key, server, instructions } = valueOf(answer);
        const ask: Ask = (method, args, options = {}) => answered(request({ key, method, args, timeout: options.timeout, isWatched: options.onProgress !== undefined }, options.signal && { signal: options.signal }), options.onProgress);
        return connectionBy({ server, instructions }, ask, async () => void (await opened.return?.()));
      } catch (error) {
        await opened.return?.();
        throw error;
      } finally {
        signal?.removeEventListener("abort", onAbort);
      }
    },
  };
}

async function answerOf<T>(work: Promise<T>): Promise<McpAnswer<T>> {
  try {
    return { type: "value", value: await work };
  } catch (error) {
    const told = mcpErrorOf(error);
    if (!told) throw error;
    const { code, reason, message } = error as StageError;
    return { type: "error", code, reason, message, told };
  }
}

async function answered(answers: Stream<ToldProgress | McpAnswer<unknown>>, onProgress: McpToolCallOptions["onProgress"]): Promise<unknown> {
  for await (const answer of answers) {
    if (answer.type === "progress") onProgress?.(answer.progress);
    else return valueOf(answer);
  }
  return valueOf(undefined);
}

function valueOf<T>(answer: McpAnswer<T> | undefined): T {
  if (!answer) throw new StageError("unavailable", "mcp: the answer was cut off", { reason: "truncated" });
  if (answer.type === "value") return answer.value;
  throw new StageError(answer.code, answer.message, { reason: answer.reason, cause: new McpError(answer.told) });
}
