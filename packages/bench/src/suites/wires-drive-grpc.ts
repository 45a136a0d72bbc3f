/** A client of gRPC on node:http2 that does as little as one can: its messages are encoded already, and the answers are not decoded. */
import { connect, type ClientHttp2Session } from "node:http2";
import type { GrpcDrive, Heard, Lane } from "./wires-drive.js";

/** Lanes that share a connection, as the calls of one client do. */
const perSession = 8;

/** Makes lanes to the port of this machine. */
export function grpcLanes(port: number): () => Lane<GrpcDrive> {
  let session: ClientHttp2Session | undefined;
  let count = 0;
  return () => {
    if (!session || count++ % perSession === 0) session = connect(`http://127.0.0.1:${port}`);
    const own = session;
    return {
      async run({ path, calls, burst, answers }, heard) {
        for (const messages of calls) await call(own, path, { messages, burst, answers }, heard);
      },
    };
  };
}

interface Call {
  readonly messages: readonly string[];
  readonly burst: number;
  readonly answers: number;
}

/** One call. What goes out is given to the stream message by message, as clients do. */
function call(session: ClientHttp2Session, path: string, { messages, burst, answers }: Call, heard: Heard): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" });
    const framed = messages.map((message) => frameOf(Buffer.from(message, "base64")));
    let bytes: Buffer = Buffer.alloc(0);
    let begun = performance.now();
    let next = 0;
    let owed = 0;
    let came = 0;
    const say = (): void => {
      begun = performance.now();
      for (const last = Math.min(next + burst, framed.length); next < last; next++) {
        owed++;
        if (next === framed.length - 1) stream.end(framed[next]);
        else stream.write(framed[next]);
      }
    };
    stream.on("data", (chunk: Buffer) => {
      bytes = bytes.length > 0 ? Buffer.concat([bytes, chunk]) : chunk;
      for (;;) {
        const end = bytes.length < 5 ? Infinity : 5 + bytes.readUInt32BE(1);
        if (bytes.length < end) break;
        heard.answer(bytes.toString("base64", 5, end));
        bytes = bytes.subarray(end);
        came++;
        owed--;
      }
      if (owed > 0 || next === framed.length) return;
      heard.roundTrip(performance.now() - begun);
      say();
    });
    stream.on("trailers", (trailers: Readonly<Record<string, unknown>>) => {
      if (trailers["grpc-status"] !== "0") reject(new Error(`a call ended with ${JSON.stringify(trailers)}`));
    });
    stream.on("error", reject);
    stream.on("close", () => {
      heard.roundTrip(performance.now() - begun);
      if (came === answers) resolve();
      else reject(new Error(`a call gave ${came} answers instead of ${answers}`));
    });
    say();
  });
}

/** A message as gRPC frames it: not compressed, its length in front. */
function frameOf(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
