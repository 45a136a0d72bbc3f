/** Tells one model file from another without reading all of it. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { fileError } from "./gguf-file.js";
import type { ModelFile } from "./model-file.js";

const blockBytes = 4096;
/** Two trainings of one model, even when a tenth of the weights differ, look alike in all samples one time in 700 thousand. */
const samples = 128;

/**
 * SHA-256 over the header of a model, its size and samples of its weights.
 *
 * @throws StageError when the file can no longer be read.
 */
export async function fingerprintOf({ path, headerBytes, tensorBytes }: ModelFile, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const hash = createHash("sha256").update(`${headerBytes}:${tensorBytes};`);
  const buffer = Buffer.allocUnsafe(256 * blockBytes);
  try {
    const handle = await open(path);
    try {
      const add = async (start: number, length: number): Promise<void> => {
        signal?.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, length, start);
        hash.update(buffer.subarray(0, bytesRead));
      };
      for (let start = 0; start < headerBytes; start += buffer.length) await add(start, Math.min(buffer.length, headerBytes - start));
      const stride = Math.max(blockBytes, Math.floor(tensorBytes / samples));
      for (let start = 0; start < tensorBytes; start += stride) await add(headerBytes + start, blockBytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(path, `model file ${path}`, error);
  }
  return new Uint8Array(hash.digest());
}
