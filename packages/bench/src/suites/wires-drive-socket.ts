/** A client of WebSockets that does as little as one can (RFC 6455): it sends values in frames, and counts those that come back. */
import { connect } from "node:net";
import type { Heard, Lane, SocketDrive } from "./wires-drive.js";

interface Frame {
  readonly kind: string;
  readonly value?: unknown;
  readonly count?: number;
}

const [textual, ping] = [1, 9];
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const mask = Buffer.from([0x5a, 0xc3, 0x17, 0x88]);

/** A socket to the port of this machine. */
export function socketLane(port: number): Lane<SocketDrive> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  let isOpen = false;
  let bytes: Buffer = Buffer.alloc(0);
  let sent = 0;
  let credit = 0;
  let owed = 0;
  let hear: Heard | undefined;
  let wake: (() => void) | undefined;
  let fail: ((error: Error) => void) | undefined;

  function take(frame: Frame): void {
    if (frame.kind === "credit") credit += frame.count ?? 0;
    else if (frame.kind === "value") {
      owed--;
      hear?.answer(JSON.stringify(frame.value));
    } else fail?.(new Error(`a frame came that ends the run: ${JSON.stringify(frame)}`));
  }
  socket.on("data", (chunk: Buffer) => {
    bytes = bytes.length > 0 ? Buffer.concat([bytes, chunk]) : chunk;
    if (!isOpen) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!bytes.toString("latin1", 0, end).startsWith("HTTP/1.1 101 ")) return fail?.(new Error(`a socket was refused: ${bytes.toString()}`));
      isOpen = true;
      bytes = bytes.subarray(end + 4);
      wake?.();
    }
    for (;;) {
      const message = messageOf(bytes);
      if (!message) break;
      bytes = bytes.subarray(message.end);
      if (message.opcode === ping) socket.write(pong);
      if (message.opcode !== textual) continue;
      const frames = JSON.parse(message.text) as Frame | readonly Frame[];
      for (const frame of "kind" in frames ? [frames] : frames) take(frame);
    }
    if (owed <= 0) wake?.();
  });
  socket.on("error", (error) => fail?.(error));
  socket.on("close", () => fail?.(new Error("a connection was closed")));
  function send(values: readonly string[]): void {
    credit -= values.length;
    socket.write(Buffer.concat(values.map((value) => messageFrame(`{"kind":"value","id":${++sent},"value":${value}}`))));
  }
  const woken = (): Promise<void> =>
    new Promise((resolve, reject) => {
      [wake, fail] = [resolve, reject];
    });

  return {
    async run({ path, protocol, values, burst, opening, head }, heard) {
      hear = heard;
      if (!isOpen) {
        const opened = woken();
        socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16, 7).toString("base64")}\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`);
        await opened;
        const granted = woken();
        socket.write(messageFrame(opening));
        await granted;
        send([head]);
      }
      for (let at = 0; at < values.length; at += burst) {
        const some = values.slice(at, at + burst);
        while (credit < some.length) await woken();
        owed += some.length;
        const begun = performance.now();
        const answered = woken();
        send(some);
        await answered;
        heard.roundTrip(performance.now() - begun);
      }
    },
  };
}

/** A message of text as a client frames it, masked. */
function messageFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 255]);
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return Buffer.concat([head, mask, payload]);
}

/** The first message of a server, if it is whole; none is in pieces or larger than 64 KiB. */
function messageOf(bytes: Buffer): { readonly opcode: number; readonly text: string; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] ?? 0;
  const begin = short < 126 ? 2 : 4;
  if (bytes.length < begin) return undefined;
  const end = begin + (short < 126 ? short : bytes.readUInt16BE(2));
  return bytes.length < end ? undefined : { opcode: (bytes[0] ?? 0) & 15, text: bytes.toString("utf8", begin, end), end };
}
