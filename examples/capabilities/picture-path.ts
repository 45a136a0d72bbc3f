/** Pictures that lie beside the programs, from source and built. */
import { dirname, join } from "node:path";
import { findPackageJSON } from "node:module";

const folder = join(dirname(findPackageJSON(import.meta.url) ?? ""), "pictures");

/** The path of a picture: `cafe.png`, which is looked at, and `fox.png`, which is drawn and set in motion. */
export const picturePath = (name: "cafe.png" | "fox.png"): string => join(folder, name);
