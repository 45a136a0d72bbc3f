/** The bytes of files. */
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { StageError, type StageErrorCode } from "@iftk/core";
import type { ByteSource } from "./byte-source.js";

const pieceSize = 2 ** 16;

const codes: ReadonlyMap<string, StageErrorCode> = new Map([
  ["ENOENT", "not_found"],
  ["EACCES", "permission_denied"],
  ["EPERM", "permission_denied"],
  ["EISDIR", "invalid_argument"],
  ["ENOTDIR", "invalid_argument"],
  ["EMFILE", "resource_exhausted"],
]);

/**
 * The bytes of a file, such as `fromJsonl(fileBytes("reviews.log"))`.
 *
 * A reading fails with StageError `not_found` when there is no such file, and `permission_denied` when it may not be read.
 */
export function fileBytes(path: string | URL): ByteSource {
  const name = pathOf(path);
  return Object.defineProperty(() => readFile(name), "name", { value: name });
}

/** The path that errors name. */
export function pathOf(path: string | URL): string {
  return typeof path === "string" ? path : fileURLToPath(path);
}

async function* readFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await withPath(path, open(path));
  try {
    for (;;) {
      const { bytesRead, buffer } = await withPath(path, file.read(new Uint8Array(pieceSize)));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** What the file system gives; where it fails, the error says in what code and names the path. */
export async function withPath<T>(path: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new StageError(codes.get(code) ?? "unknown", `${path}: ${code === "ENOENT" ? "no such file or folder" : (cause as Error).message}`, { cause });
  }
}
