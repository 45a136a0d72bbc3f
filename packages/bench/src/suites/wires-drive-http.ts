/** A client of HTTP/1.1 that does as little as one can: one call after another on one connection. */
import { connect, type Socket } from "node:net";
import type { Heard, HttpDrive, Lane } from "./wires-drive.js";

/** A connection to the port of this machine. */
export function httpLane(port: number): Lane<HttpDrive> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  let text = "";
  let wake: ((body: string) => void) | undefined;
  let fail: ((error: Error) => void) | undefined;
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    text += String(chunk);
    const body = bodyOf(text);
    if (body === undefined) return;
    text = "";
    wake?.(body);
  });
  socket.on("error", (error) => fail?.(error));
  socket.on("close", () => fail?.(new Error("a connection was closed")));

  return {
    async run({ path, bodies }, heard: Heard) {
      for (const body of bodies) {
        const begun = performance.now();
        heard.answer(
          await new Promise<string>((resolve, reject) => {
            [wake, fail] = [resolve, reject];
            call(socket, path, body);
          }),
        );
        heard.roundTrip(performance.now() - begun);
      }
    },
  };
}

function call(socket: Socket, path: string, body: string): void {
  socket.write(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

/** The body of a response that is whole; what is sent is ASCII. */
function bodyOf(response: string): string | undefined {
  const at = response.indexOf("\r\n\r\n");
  if (at < 0) return undefined;
  const head = response.slice(0, at).toLowerCase();
  const rest = response.slice(at + 4);
  if (!head.startsWith("http/1.1 200 ")) throw new Error(`a call was answered with ${head}`);
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length) ? rest : undefined;
  return rest.endsWith("0\r\n\r\n") ? unchunked(rest) : undefined;
}

function unchunked(chunks: string): string {
  let body = "";
  for (let at = 0; ; ) {
    const end = chunks.indexOf("\r\n", at);
    const size = Number.parseInt(chunks.slice(at, end), 16);
    if (!(size > 0)) return body;
    body += chunks.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
