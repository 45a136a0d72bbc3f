/** Paths that stay within a folder. */
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { StageError } from "@iftk/core";
import { z } from "zod";
import { stored } from "./file-failure.js";

/** Where the files of elements are. */
export interface FileOptions {
  /** The folder that paths are relative to and that none leads out of, by `..` or by links. Without it any path is taken, relative to the working folder. */
  readonly root?: string | undefined;
}

/** A property that is a path. */
export const pathProperty = z.string().min(1).max(4096).refine((path) => !path.includes("\0"), "a path holds no NUL");

/**
 * Checks a path and gives what finds the file when it is opened: its path without links.
 *
 * @throws StageError `permission_denied`, reason `outside-root`, for a path that leads out of the root; so does what it gives, for links that do.
 */
export function place(element: string, path: string, { root }: FileOptions): (options: { readonly isNew: boolean }) => Promise<string> {
  const target = resolve(root ?? ".", path);
  if (root !== undefined && (isAbsolute(path) || isOutside(resolve(root), target))) throw outside(element, path);
  return ({ isNew }) => stored(element, path, async () => {
    const found = isNew ? join(await realpath(dirname(target)), basename(target)) : await realpath(target);
    if (root !== undefined && isOutside(await realpath(root), found)) throw outside(element, path);
    return found;
  });
}

function isOutside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

const outside = (element: string, path: string): StageError => new StageError("permission_denied", `${element}: ${JSON.stringify(path)} leads out of the folder that files are kept in; give a path below it`, { reason: "outside-root" });
