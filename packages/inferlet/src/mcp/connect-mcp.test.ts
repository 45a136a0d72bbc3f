import { execPath, kill } from "node:process";
import { fileURLToPath } from "node:url";
import { InMemoryTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { StageError, unary } from "@iftk/core";
import { countedAbort, stageLaws, turns } from "@iftk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { McpConnection, McpContent, McpProgress } from "../session/mcp.js";
import { mcpErrorOf } from "../session/mcp-error.js";
import { connectMcp } from "./connect-mcp.js";
import { httpNotes, key, type HttpNotes } from "./fixtures/http-notes.js";
import { notesServer } from "./fixtures/notes-server.js";
import { toolMessageContent } from "./mcp-content.js";
import { mcpServers, mcpTool } from "./mcp-servers.js";
import type { McpEndpoint, McpProcess, McpServerAddress } from "./mcp-transport.js";

/** Lets a process read sources under the names that their builds have. */
const loader = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ resolve: (name, context, next) => next(name.startsWith("./") && context.parentURL?.endsWith(".ts") ? name.replace(/js$/, "ts") : name, context) });
`)}`;

const child = (...flags: readonly string[]): McpProcess => ({
  command: execPath,
  args: ["--disable-warning=ExperimentalWarning", "--import", loader, fileURLToPath(new URL("fixtures/stdio-server.ts", import.meta.url)), ...flags],
});

let [http, modern]: HttpNotes[] = [];
beforeAll(async () => void ([http, modern] = [await httpNotes(), await httpNotes({ isModern: true })]));
afterAll(async () => void (await Promise.all([http, modern].map(async (server) => server?.[Symbol.asyncDispose]()))));

const web = (server: HttpNotes | undefined): McpEndpoint => ({ url: server?.url ?? "", headers: { authorization: key } });

async function inMemory(): Promise<InMemoryTransport> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  await notesServer().connect(there);
  return here;
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason, error.message] : error));

const codeOf = async (promise: Promise<unknown>): Promise<unknown> => ((await failureOf(promise)) as unknown[]).slice(0, 2);

const everything: readonly McpContent[] = [
  { type: "text", text: "text" },
  { type: "image", image: { data: "aQ==", mediaType: "image/png" } },
  { type: "audio", audio: { data: "YQ==", mediaType: "audio/wav" } },
  { type: "resource", resource: { uri: "note://1", mediaType: "text/plain", text: "one" } },
  { type: "resource", resource: { uri: "note://2", data: "Mg==" } },
  { type: "resource-link", uri: "note://3", name: "three", description: "the third" },
];

describe.each<[string, () => McpServerAddress | Promise<McpServerAddress>]>([
  ["over standard streams", () => child()],
  ["over HTTP", () => web(http)],
  ["over HTTP, of the newest protocol", () => web(modern)],
  ["over standard streams, asked which protocol it speaks", () => child()],
  ["over a transport", inMemory],
])("a server %s", (name, address) => {
  const options = { negotiates: name.includes("protocol") };
  let connection: McpConnection;
  beforeAll(async () => void (connection = await connectMcp(await address(), options)));
  afterAll(() => connection.close());

  test("says who it is and what it offers", async () => {
    const tools = await connection.tools();
    expect([connection.server, connection.instructions, tools.map(({ name }) => name)]).toEqual([{ name: "notes", version: "1.2.3" }, "Ask for notes.", ["add", "everything", "fail", "hang", "count", "counted", "cancelled", "exit"]]);
    expect(tools[0]).toEqual({
      name: "add",
      description: "Adds two numbers.",
      parameters: expect.objectContaining({ type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] }) as unknown,
    });
    expect([await connection.resources(), await connection.resourceTemplates(), await connection.prompts()]).toEqual([
      [{ uri: "note://1", name: "one", description: "The first.", mediaType: "text/plain" }, { uri: "note://broken", name: "broken" }],
      [],
      [{ name: "sum", description: "Sums a note up.", arguments: [{ name: "note", isRequired: true }] }],
    ]);
  });

  test("its tools give content in the shapes of messages, and structured results", async () => {
    expect([await connection.callTool("add", { a: 1, b: 2 }), await connection.callTool("everything")]).toEqual([
      { content: [{ type: "text", text: "3" }], structured: { sum: 3 }, isError: false },
      { content: everything, isError: false },
    ]);
  });

  test("its resources and prompts are got", async () => {
    expect([await connection.readResource("note://1"), await connection.prompt("sum", { note: "one" })]).toEqual([
      [{ uri: "note://1", mediaType: "text/plain", text: "one" }],
      { messages: [{ role: "user", content: [{ type: "text", text: "Sum up: one" }] }] },
    ]);
  });

  test("what a tool tells of its failure is a result, for the model to read", async () => {
    expect(await connection.callTool("fail")).toEqual({ content: [{ type: "text", text: "no such note" }], isError: true });
    expect(await connection.callTool("add", { a: "one" })).toMatchObject({ isError: true, content: [{ type: "text", text: expect.stringContaining("a") as unknown }] });
  });

  test("errors of the protocol are StageErrors with code, message and data", async () => {
    const error: unknown = await connection.readResource("note://broken").catch((caught: unknown) => caught);
    expect([await failureOf(Promise.reject(error as StageError)), mcpErrorOf(error)]).toEqual([
      ["unknown", "mcp", "mcp: notes: the note secret-value-1 is torn"],
      { code: -32050, message: "the note secret-value-1 is torn", data: { page: 3 } },
    ]);
    expect([await failureOf(connection.callTool("none")), await failureOf(connection.prompt("none")), mcpErrorOf(new Error("other"))]).toEqual([
      ["invalid_argument", "mcp", expect.stringContaining("none")],
      ["invalid_argument", "mcp", expect.stringContaining("none")],
      undefined,
    ]);
    expect(await codeOf(connection.readResource("note://none"))).toEqual(["not_found", "mcp"]);
  });

  test("a cancelled call fails with the reason, at once, and the server hears of it", async () => {
    const abort = countedAbort();
    const id = Math.random().toString(36);
    const call = failureOf(connection.callTool("hang", { id }, { signal: abort.signal }));
    await connection.callTool("add", { a: 1, b: 1 }); // so that the call is there
    abort.abort(new Error("enough"));
    expect([await call, abort.listeners]).toEqual([new Error("enough"), 0]);
    await expect.poll(async () => (await connection.callTool("cancelled")).content).toEqual([{ type: "text", text: expect.stringContaining(id) as unknown }]);
    expect(await failureOf(connection.callTool("add", {}, { signal: AbortSignal.abort("before") }))).toBe("before");
  });

  test("whoever listens is told how far a call is", async () => {
    const told: McpProgress[] = [];
    const onProgress = (progress: McpProgress): void => void (told.push(progress) === 3 && void connection.callTool("counted"));
    await connection.callTool("count", { to: 3 }, { onProgress });
    expect(told).toEqual([1, 2, 3].map((progress) => ({ progress, total: 3 })));
  });

  test("a call that takes too long is deadline_exceeded", async () => {
    expect(await codeOf(connection.callTool("hang", { id: "late" }, { timeout: 20 }))).toEqual(["deadline_exceeded", "timeout"]);
  });

  test("a tool is a stage", async () => {
    const add = mcpTool(connection, "add");
    expect([add.mode, add.label, (await add({ a: 2, b: 3 })).structured]).toEqual(["unary", "add", { sum: 5 }]);
  });

  test("a closed connection takes no calls, and is closed once", async () => {
    const own = await connectMcp(await address(), options);
    await own.close();
    await own.close();
    expect(await codeOf(own.tools())).toEqual(["failed_precondition", "closed"]);
  });
});

describe("a server's process", () => {
  const isThere = (pid: number): boolean => {
    try {
      return kill(pid, 0);
    } catch {
      return false;
    }
  };

  test("that ends takes its calls with it as unavailable", async () => {
    await using connection = await connectMcp(child());
    const hanging = codeOf(connection.callTool("hang", { id: "x" }));
    expect([await codeOf(connection.callTool("exit")), await hanging, await codeOf(connection.tools())]).toEqual([["unavailable", "connection"], ["unavailable", "connection"], ["unavailable", "connection"]]);
  });

  test("is gone when its connection is closed, and one that is deaf is killed", async () => {
    const pids: (number | null)[] = [];
    const { start } = StdioClientTransport.prototype;
    StdioClientTransport.prototype.start = async function started() {
      await start.call(this);
      pids.push(this.pid);
    };
    try {
      for (const flags of [[], ["--deaf"]]) {
        const connection = await connectMcp(child(...flags));
        await connection.close();
      }
      const abort = new AbortController();
      const connecting = failureOf(connectMcp({ command: execPath, args: ["-e", "setInterval(() => {}, 1000)"] }, { signal: abort.signal }));
      await expect.poll(() => pids.length).toBe(3);
      abort.abort(new Error("enough"));
      expect(await connecting).toEqual(new Error("enough"));
    } finally {
      StdioClientTransport.prototype.start = start;
    }
    expect(pids.map((pid) => isThere(pid ?? 0))).toEqual([false, false, false]);
  });

  test("that cannot be started, or that says nothing of MCP, is an error", async () => {
    expect(await failureOf(connectMcp({ command: "/no/such/command" }))).toEqual(["failed_precondition", "command", "mcp: command: its command cannot be run (ENOENT)"]);
    expect(await codeOf(connectMcp({ command: execPath, args: ["-e", "process.exit(1)"] }))).toEqual(["unavailable", "connection"]);
    expect(await codeOf(connectMcp({ command: execPath, args: ["-e", "setInterval(() => {}, 1000)"] }, { timeout: 50 }))).toEqual(["deadline_exceeded", "timeout"]);
  });

  test("sees the variables that it is given, which no message shows", async () => {
    await using connection = await connectMcp({ ...child(), env: { NOTES_KEY: "secret-value-1" } });
    expect(await failureOf(connection.readResource("note://broken"))).toEqual(["unknown", "mcp", "mcp: notes: the note *** is torn"]);
  });
});

describe("a server over HTTP", () => {
  test("that refuses is an error by its status, which does not show the key", async () => {
    const refused = await failureOf(connectMcp({ ...web(http), headers: { authorization: "Bearer wrong-key-1" } }));
    expect(refused).toEqual(["permission_denied", undefined, expect.not.stringContaining("wrong-key-1")]);
  });

  test("that is not there is unavailable, and a URL that is none is refused", async () => {
    expect([await codeOf(connectMcp({ url: "http://127.0.0.1:1/mcp" })), await codeOf(connectMcp({ url: "nowhere" }))]).toEqual([["unavailable", "connection"], ["invalid_argument", undefined]]);
  });

  test("its session is ended with the connection", async () => {
    const before = http?.sessions ?? 0;
    const connection = await connectMcp({ ...web(http), url: new URL(web(http).url) });
    const during = http?.sessions;
    await connection.close();
    expect([during, http?.sessions]).toEqual([before + 1, before]);
  });
});

test("servers by name: those there are, and an error for others", async () => {
  const servers = mcpServers({ notes: inMemory, web: { url: "http://127.0.0.1:1" } });
  await using one = await servers.connect("notes");
  await using other = await servers.connect("notes");
  const refused: unknown = await servers.connect("toString").catch((error: unknown) => error);
  expect([servers.availableServers(), one.server.name, other.server.name, await failureOf(Promise.reject(refused as StageError)), mcpErrorOf(refused)]).toEqual([
    ["notes", "web"],
    "notes",
    "notes",
    ["not_found", "mcp", "mcp: no server toString is registered; there are notes, web"],
    { code: -1, message: "no server toString is registered; there are notes, web", data: undefined },
  ]);
});

test("content for the result of a tool is texts and images", () => {
  const image: McpContent = { type: "resource", resource: { uri: "note://4", mediaType: "image/png", data: "aQ==" } };
  expect(toolMessageContent([...everything, image])).toEqual([
    everything[0],
    everything[1],
    { type: "text", text: "[audio, audio/wav]" },
    { type: "text", text: "one" },
    { type: "text", text: "[resource note://2, application/octet-stream]" },
    { type: "text", text: "[resource note://3: the third]" },
    { type: "image", image: { data: "aQ==", mediaType: "image/png" } },
  ]);
});

describe("as a stage", () => {
  let connection: McpConnection;
  beforeAll(async () => void (connection = await connectMcp(await inMemory())));
  afterAll(async () => {
    await connection.close();
    await turns();
  });
  stageLaws("a tool", {
    stage: () => mcpTool(connection, "add"),
    input: [{ a: 1, b: 2 }],
    output: [{ content: [{ type: "text", text: "3" }], structured: { sum: 3 }, isError: false }],
    hanging: () => unary((_: object, call) => mcpTool(connection, "hang")({ id: "law" }, call)),
  });
});
