/** Files that commands write. */
import { writeFile } from "node:fs/promises";
import { StageError } from "@iftk/core";

/**
 * Writes a text to a file.
 *
 * @throws StageError `failed_precondition`, reason `storage`, that names a file that cannot be written.
 */
export async function writeTo(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new StageError("failed_precondition", `${path} cannot be written: ${(error as Error).message}`, { reason: "storage", cause: error });
  }
}
