/** Pages for tests, bundled from source without a build of the workspace. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPage } from "./build-page.js";

/** A built page in a folder of its own. */
export interface BundledPage extends AsyncDisposable {
  readonly directory: string;
}

/** Bundles the page of that folder into a temporary one, which disposing removes. */
export async function bundlePage(source: string): Promise<BundledPage> {
  const directory = await mkdtemp(join(tmpdir(), "iftk-page-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    await buildPage(source, directory, { conditions: ["@iftk/source", "module"] });
  } catch (error) {
    await remove();
    throw error;
  }
  return { directory, [Symbol.asyncDispose]: remove };
}
