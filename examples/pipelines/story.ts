/** Tells a story in French on the screen and keeps the original in a file: the same pipeline as a launch line and as JSON. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Writable } from "node:stream";
import { forEach, from } from "@iftk/core";
import { build, parseLaunch, readPipeline } from "@iftk/graph";
import { besidePrograms, openElements, runProgram } from "./run-program.js";

export interface StoryOptions {
  /** A launch line in a file, or the JSON form in one that ends in `.json`. */
  readonly file: string;
  readonly request: string;
  /** Where the file of the story is written. */
  readonly folder: string;
  /** The screen. */
  readonly stdout?: Writable;
  readonly signal?: AbortSignal;
}

/** Runs the pipeline of a file. */
export async function tellStory({ file, request, folder, stdout, signal }: StoryOptions): Promise<void> {
  const written = await readFile(file, "utf8");
  const pipeline = extname(file) === ".json" ? readPipeline(JSON.parse(written)) : parseLaunch(written);
  await using elements = openElements({ root: folder, stdout });
  const run = build(pipeline, elements.registry).start(from([{ messages: [{ role: "user", content: request }] }]), signal && { signal });
  await forEach(run.output, () => {}); // it has none: both branches end in sinks
  await run.done;
}

await runProgram(import.meta.url, async ({ args: [file = besidePrograms("story.iftk"), request = "Tell me a story about a fox."], signal, print }) => {
  print("The embedded model cannot translate: what it says here is no French. Another one can: translate model=openai/...\n");
  await tellStory({ file, request, folder: process.cwd(), signal });
  print("The story is in story.txt.\n");
});
