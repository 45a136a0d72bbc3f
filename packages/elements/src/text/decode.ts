/** Text as bytes and back. */
import { map, StageError, sync } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** The text that bytes hold in UTF-8. */
export const decode = element({
  kind: "transform",
  name: "decode",
  description: "Reads bytes as text in UTF-8, also where a character comes in pieces.",
  properties: z.strictObject({ invalid: z.enum(["fail", "replace"]).default("fail").describe("What becomes of bytes that are not UTF-8: an error, or U+FFFD.") }),
  in: { name: "in", caps: caps.bytes },
  out: { name: "out", caps: caps.text },
  isConversion: true,
  create: ({ invalid }) => decodeText(invalid === "fail"),
});

/** The text of pieces of bytes, without a byte order mark. Throws StageError `invalid_argument` for bytes that are not UTF-8 when `isFatal`. */
export const decodeText = (isFatal: boolean) => sync<Uint8Array, string>("decode", () => {
  const decoder = new TextDecoder("utf-8", { fatal: isFatal });
  const give = (bytes?: Uint8Array): readonly string[] => {
    try {
      const text = decoder.decode(bytes, { stream: bytes !== undefined });
      return text === "" ? [] : [text];
    } catch (cause) {
      throw new StageError("invalid_argument", "decode: the bytes are not UTF-8; set invalid=replace to read what can be read", { cause });
    }
  };
  return { take: give, end: () => give() };
});

/** The bytes of a text in UTF-8. */
export const encode = element({
  kind: "transform",
  name: "encode",
  description: "Gives the bytes of text in UTF-8.",
  properties: z.strictObject({}),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.bytes },
  isConversion: true,
  create() {
    const encoder = new TextEncoder();
    return map(function encode(text: string): Uint8Array {
      return encoder.encode(text);
    });
  },
});
