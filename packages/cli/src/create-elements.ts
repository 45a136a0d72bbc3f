/** The elements that pipelines of the command can use. */
import type { Readable, Writable } from "node:stream";
import { standardElements } from "@iftk/elements";
import { createRegistry, type Registry } from "@iftk/graph";
import type { Models } from "./models.js";

/** A registry of all elements over these streams and models. Files are those of the user, whose paths are relative to the working folder. */
export function createElements(streams: { readonly stdin: Readable; readonly stdout: Writable }, models: Models): Registry {
  return createRegistry(standardElements({ ...streams, router: models.chat, model: models.usual, models, backends: models.backends }));
}
