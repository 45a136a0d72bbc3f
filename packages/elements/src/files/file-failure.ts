/** Failures of the file system in the terms that hold for every stage. */
import { StageError, type StageErrorCode } from "@iftk/core";

const codes: ReadonlyMap<string, StageErrorCode> = new Map([
  ["ENOENT", "not_found"],
  ["EACCES", "permission_denied"],
  ["EPERM", "permission_denied"],
  ["EROFS", "permission_denied"],
  ["ELOOP", "permission_denied"],
  ["EISDIR", "invalid_argument"],
  ["ENOTDIR", "invalid_argument"],
  ["ENAMETOOLONG", "invalid_argument"],
  ["EMFILE", "resource_exhausted"],
  ["ENOSPC", "resource_exhausted"],
  ["EDQUOT", "resource_exhausted"],
]);

/** What the file system answers; a failure is a StageError that names the element and the path. */
export async function stored<T>(element: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (StageError.is(cause)) throw cause;
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw new StageError(codes.get(code) ?? "unknown", `${element}: ${path}: ${code === "ENOENT" ? "no such file or folder" : code}`, { reason: "storage", cause });
  }
}
