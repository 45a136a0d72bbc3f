/** Very many readers of event streams in a process of their own: their work is not the server's. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * For each line it is given, `{ port, readers }`, it sends a request on as many connections, which it keeps for the
 * next line. It says `begun` when every reader has got events and `ended` with the first reader's bytes when all are
 * whole; a connection that closes ends the process. It does as little as a client can.
 */
const program = `
import { connect } from "node:net";
import { createInterface } from "node:readline";
const request = "POST /run HTTP/1.1\\r\\nhost: 127.0.0.1\\r\\naccept: text/event-stream\\r\\ncontent-type: application/json\\r\\ncontent-length: 4\\r\\n\\r\\n" + '"go"';
const ports = new Map();
const say = (what) => process.stdout.write(JSON.stringify(what) + "\\n");
let run;
function open(port) {
  const reader = { socket: connect(port, "127.0.0.1"), tail: "", text: undefined, hasBegun: false };
  reader.socket.setNoDelay(true);
  reader.socket.on("data", (chunk) => {
    const text = chunk.toString("latin1");
    if (reader.text !== undefined) reader.text.push(chunk);
    if (!reader.hasBegun && (reader.tail + text).includes("data: ")) {
      reader.hasBegun = true;
      if (--run.beginning === 0) say("begun");
    }
    reader.tail = text.length < 64 ? (reader.tail + text).slice(-64) : text.slice(-64);
    if (reader.tail.endsWith("\\r\\n0\\r\\n\\r\\n") && --run.ending === 0) say({ ended: Buffer.concat(run.first.text).toString("utf8") });
  });
  reader.socket.on("error", (error) => say({ failed: error.message }));
  reader.socket.on("close", () => say({ failed: "a connection was closed" }));
  return reader;
}
createInterface({ input: process.stdin }).on("line", (line) => {
  const { port, readers: count } = JSON.parse(line);
  if (!ports.has(port)) ports.set(port, []);
  const readers = ports.get(port);
  while (readers.length < count) readers.push(open(port));
  run = { beginning: count, ending: count, first: readers[0] };
  for (const reader of readers.slice(0, count)) {
    reader.tail = "";
    reader.hasBegun = false;
    reader.text = reader === run.first ? [] : undefined;
    reader.socket.write(request);
  }
}).on("close", () => process.exit(0));
`;

/** Readers that all read one server at a time. */
export interface Readers extends AsyncDisposable {
  /** Has so many readers call the server and gives what the first of them got; `onBegun` is awaited when every one has got something. */
  read(port: number, readers: number, onBegun?: () => Promise<void>): Promise<string>;
}

/** Starts the process of the readers. */
export function startReaders(): Readers {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  const exit = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hear = async (): Promise<unknown> => {
    const { done, value } = await lines.next();
    const said = done ? { failed: "their process ended" } : (JSON.parse(value) as unknown);
    const { failed } = Object(said) as { failed?: string };
    if (failed !== undefined) throw new Error(`the readers failed: ${failed}`);
    return said;
  };
  return {
    async read(port, readers, onBegun) {
      child.stdin.write(`${JSON.stringify({ port, readers })}\n`);
      await hear();
      await onBegun?.();
      return unchunked(((await hear()) as { ended: string }).ended);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exit;
    },
  };
}

/** The body of an HTTP response in chunks; sizes count as characters, since all that is sent is ASCII. */
function unchunked(response: string): string {
  let at = response.indexOf("\r\n\r\n") + 4;
  let body = "";
  for (;;) {
    const end = response.indexOf("\r\n", at);
    const size = Number.parseInt(response.slice(at, end), 16);
    if (!(size > 0)) return body;
    body += response.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
