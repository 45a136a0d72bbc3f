import { StageError } from "@iftk/core";

/** The package sharp, which is there only if it was added. */
export async function loadSharp(load = () => import("sharp")): Promise<Awaited<ReturnType<typeof load>>["default"]> {
  try {
    return (await load()).default;
  } catch (cause) {
    throw new StageError("failed_precondition", "converting an image needs the package sharp: add it to your own (npm install sharp)", { reason: "missing-package", cause });
  }
}
