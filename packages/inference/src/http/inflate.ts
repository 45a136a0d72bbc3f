/** Bodies that come compressed. */
import { PassThrough, pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { from, StageError, type Stream } from "@iftk/core";

/** The codings that are asked for and can be read. */
export const acceptedCodings = ["gzip", "deflate", "br", ...("createZstdDecompress" in zlib ? ["zstd"] : [])].join(", ");

/** Codings that one body may have, one over the other. */
const mostCodings = 3;

/**
 * The stream that a `content-encoding` stands for.
 *
 * It throws StageError `unavailable`: reason `truncated` for a body that is cut short, `malformed` for one that is no such coding.
 *
 * @throws StageError `unimplemented` for a coding that is not known.
 */
export function inflate(provider: string, bytes: Stream<Uint8Array>, contentEncoding: string | undefined): Stream<Uint8Array> {
  const codings = (contentEncoding ?? "").toLowerCase().split(",").map((coding) => coding.trim()).filter((coding) => coding !== "" && coding !== "identity");
  if (codings.length === 0) return bytes;
  const makers = codings.toReversed().map((coding) => decoders.get(coding));
  if (codings.length > mostCodings || makers.includes(undefined)) throw new StageError("unimplemented", `${provider}: the reply has the content encoding ${JSON.stringify(contentEncoding?.slice(0, 64))}, which cannot be read`);
  return inflated(provider, bytes, makers as (() => Transform)[]);
}

async function* inflated(provider: string, bytes: Stream<Uint8Array>, makers: readonly (() => Transform)[]): AsyncGenerator<Uint8Array, void, undefined> {
  const last = new PassThrough();
  pipeline([Readable.from(bytes, { objectMode: false }), ...makers.map((make) => make()), last], () => {});
  try {
    yield* from<Uint8Array>(last);
  } catch (error) {
    throw codingFailure(provider, error);
  } finally {
    last.destroy();
  }
}

function codingFailure(provider: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (StageError.is(error) || typeof code !== "string" || !/^(Z_|ERR_|ZSTD_)/.test(code)) return error;
  const isCut = code === "Z_BUF_ERROR" || /unexpected end|ERR_STREAM_PREMATURE_CLOSE/.test(`${code} ${(error as Error).message}`);
  return isCut
    ? new StageError("unavailable", `${provider}: the compressed reply is cut short`, { reason: "truncated", cause: error })
    : new StageError("unavailable", `${provider}: the compressed reply cannot be read: ${code}`, { reason: "malformed", cause: error });
}

const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", () => zlib.createGunzip()],
  ["x-gzip", () => zlib.createGunzip()],
  ["deflate", () => zlib.createInflate()],
  ["br", () => zlib.createBrotliDecompress()],
  ...("createZstdDecompress" in zlib ? [["zstd", () => zlib.createZstdDecompress()] as const] : []),
]);
