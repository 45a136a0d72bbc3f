/** A pipeline behind HTTP, and the same pipeline as a stage over there: what composes with the one composes with the other. */
import { remote } from "@iftk/client";
import { from, pipe, map, type Bidi, type OutputStream } from "@iftk/core";
import { build, parseLaunch } from "@iftk/graph";
import type { ChatRequest } from "@iftk/inference";
import { listen, serve } from "@iftk/server";
import { openElements, runProgram, type Surroundings } from "./run-program.js";

/** Serves two pipelines on a free port, calls both from here, and prints what they answer as it comes. */
export async function serveAndCall({ args: [question = "Tell me a story about a fox."], signal, print }: Surroundings): Promise<void> {
  await using elements = openElements();
  const stageOf = <Stage>(line: string): Stage => build(parseLaunch(line), elements.registry).stage as Stage;
  const routes = {
    tell: stageOf<OutputStream<ChatRequest, string>>("chat temperature=0 ! text"),
    shout: stageOf<Bidi<string, string>>("sentences ! upper"),
  };
  await using server = await listen(serve(routes), { port: 0, signal });
  print(`${server.url}/tell and ${server.url}/shout\n`);

  const tell = remote<typeof routes.tell>(`${server.url}/tell`);
  const shout = remote<typeof routes.shout>(`${server.url}/shout`, { mode: "bidi" });
  const both = pipe(tell, shout, map((sentence: string) => sentence.trim()));
  for await (const sentence of both({ messages: [{ role: "user", content: question }], maxTokens: 60 }, { signal })) print(`${sentence}\n`);
  // Many values over one WebSocket, each answered as it comes.
  for await (const text of shout(from(["One. ", "Two."]), { signal })) print(`${text.trim()}\n`);
}

await runProgram(import.meta.url, serveAndCall);
