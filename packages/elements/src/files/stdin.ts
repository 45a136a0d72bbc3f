/** What comes into the process. */
import type { Readable } from "node:stream";
import { outputStream, pipe } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { decodeText } from "../text/decode.js";

/** The element that gives the standard input, or a stream in its place, which serves one run and is destroyed at its end. */
export const stdinElement = (input?: Readable) => element({
  kind: "source",
  name: "stdin",
  description: "Gives the text of the standard input in UTF-8, piece by piece as it comes.",
  properties: z.strictObject({}),
  out: { name: "out", caps: caps.text },
  create() {
    const stdin = pipe(
      outputStream(async function* stdin(_: undefined, { signal }): AsyncGenerator<Uint8Array, void, undefined> {
        const source = input ?? process.stdin;
        // A read that waits for a person at a terminal would hold up the end of the process.
        const leave = (): void => void source.destroy();
        signal.addEventListener("abort", leave, { once: true });
        try {
          for await (const piece of source as AsyncIterable<Uint8Array | string>) yield typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
        } finally {
          signal.removeEventListener("abort", leave);
        }
      }),
      decodeText(true),
    );
    return (call) => stdin(undefined, call);
  },
});
