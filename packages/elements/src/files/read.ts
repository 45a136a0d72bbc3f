/** Files that are read. */
import { open } from "node:fs/promises";
import { outputStream, type Bidi, type Call, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { decodeText } from "../text/decode.js";
import { stored } from "./file-failure.js";
import { pathProperty, place, type FileOptions } from "./place.js";

const properties = z.strictObject({ path: pathProperty.describe("Where the file is.") });

/** The element that gives the text of a file. */
export const readElement = (options: FileOptions = {}) => element({
  kind: "source",
  name: "read",
  description: "Gives the text of a file in UTF-8, piece by piece; lines or from-jsonl after it cut it.",
  properties,
  out: { name: "out", caps: caps.text },
  create({ path }) {
    const bytes = bytesOf("read", path, options);
    const decode: Bidi<Uint8Array, string> = decodeText(true);
    return (call) => decode(bytes(call), call);
  },
});

/** The element that gives the bytes of a file. */
export const readBytesElement = (options: FileOptions = {}) => element({
  kind: "source",
  name: "read-bytes",
  description: "Gives the bytes of a file, piece by piece.",
  properties,
  out: { name: "out", caps: caps.bytes },
  create: ({ path }) => bytesOf("read-bytes", path, options),
});

const pieceSize = 2 ** 16;

function bytesOf(name: string, path: string, options: FileOptions): (call: Call) => Stream<Uint8Array> {
  const find = place(name, path, options);
  const read = outputStream(async function* read(_: undefined, { signal }): AsyncGenerator<Uint8Array, void, undefined> {
    const target = await find({ isNew: false });
    signal.throwIfAborted();
    await using file = await stored(name, path, () => open(target));
    for (;;) {
      const { bytesRead, buffer } = await stored(name, path, () => file.read(new Uint8Array(pieceSize)));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  });
  return (call) => read(undefined, call);
}
