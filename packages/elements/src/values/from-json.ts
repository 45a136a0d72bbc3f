/** Documents of JSON and tables. */
import { bidi, map, pipe, StageError, unary, type Stream } from "@iftk/core";
import { fromCsv as readCsv } from "@iftk/data";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { joinText } from "../text/join.js";

/** The value of a JSON document. */
export const fromJson = element({
  kind: "transform",
  name: "from-json",
  description: "Reads all the text that comes as one JSON value; from-jsonl reads a value of each line.",
  properties: z.strictObject({ maximum: z.int().min(1).max(2 ** 28).default(2 ** 24).describe("Longest text in UTF-16 code units; a longer one is an error.") }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.json },
  create: ({ maximum }) => pipe(joinText("from-json", "", maximum), unary(function fromJson(text: string): unknown {
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new StageError("invalid_argument", "from-json: the text is not JSON", { cause });
    }
  })),
});

/** The rows of a table in CSV. */
export const fromCsv = element({
  kind: "transform",
  name: "from-csv",
  description: "Reads CSV (RFC 4180): an object of texts by column of each row, or a list of texts where no line names the columns.",
  properties: z.strictObject({
    header: z.boolean().default(true).describe("Whether the first line names the columns."),
    delimiter: z.string().length(1).default(",").describe("What stands between the fields, such as a semicolon."),
    maximum: z.int().min(1).max(2 ** 28).default(2 ** 20).describe("Largest row in bytes; a larger one is an error."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.json },
  create: ({ header, delimiter, maximum }) => bidi(function fromCsv(texts: Stream<string>, { signal }): Stream<unknown> {
    const encoder = new TextEncoder();
    const bytes = map((text: string) => encoder.encode(text))(texts);
    const options = { name: "from-csv", delimiter, maxItemSize: maximum };
    return (header ? readCsv(() => bytes, options) : readCsv(() => bytes, { ...options, header: false })).open({ signal });
  }),
});
