/** Values sent to a server, and what it answers. */
import { each, inputStream, map, outputStream, pipe, StageError, unary, type AnyStage, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { decodeText } from "../text/decode.js";
import { answerOf, guardedRequest, timeoutProperty, urlProperty, type HttpOptions } from "./guarded-request.js";
import { writable } from "./writable.js";

/** The element that sends values to a URL and gives the answers. */
export const httpElement = (options: HttpOptions = {}) => element({
  kind: "transform",
  name: "http",
  description: "Sends values to a URL and gives the answers: JSON as values, all else as text. Texts and bytes go as they are, any other value as JSON. Only public addresses are asked, and redirects are not followed.",
  properties: z.strictObject({
    url: urlProperty.describe("Where they are sent."),
    method: z.enum(["POST", "PUT", "PATCH"]).default("POST").describe("Method of the requests."),
    by: z.enum(["item", "all"]).default("item").describe("item sends each by itself; all sends one request with all of them as they come, values as lines of JSON."),
    contentType: z.string().max(200).regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:;[ \w!#$&^.+="-]*)?$/u, "expected a media type such as text/csv").optional().describe("Media type of what is sent; without it text/plain for texts, application/json for values."),
    timeout: timeoutProperty,
    maximum: z.int().min(1).max(2 ** 31 - 1).default(2 ** 23).describe("Largest answer in bytes; a larger one is an error."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.json },
  create({ url, method, by, contentType, timeout, maximum }): AnyStage {
    const send = async (type: string, body: string | Uint8Array | Stream<Uint8Array>, signal: AbortSignal): Promise<unknown> =>
      answerOf(await guardedRequest("http", url, timeout, options, { method, headers: { "content-type": contentType ?? type, accept: "application/json, text/*" }, body, signal }), maximum);
    if (by === "all") return inputStream(function http(values: Stream<unknown>, { signal }): Promise<unknown> {
      return send("text/plain; charset=utf-8", bytesOf(values), signal);
    });
    return each(unary(function http(value: unknown, { signal }): Promise<unknown> {
      const data = typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value);
      return send(typeof value === "string" ? "text/plain; charset=utf-8" : value instanceof Uint8Array ? "application/octet-stream" : "application/json", data, signal);
    }));
  },
});

/** The element that gives the text that a URL answers with. */
export const httpGetElement = (options: HttpOptions = {}) => element({
  kind: "source",
  name: "http-get",
  description: "Gives the text of a URL in UTF-8, piece by piece as it comes. Only public addresses are asked, and redirects are not followed.",
  properties: z.strictObject({
    url: urlProperty.describe("What is asked for."),
    timeout: timeoutProperty,
    maximum: z.int().min(1).max(Number.MAX_SAFE_INTEGER).default(2 ** 28).describe("Largest answer in bytes; a larger one is an error."),
  }),
  out: { name: "out", caps: caps.text },
  create({ url, timeout, maximum }) {
    const get = pipe(
      outputStream(async function* httpGet(_: undefined, { signal }): AsyncGenerator<Uint8Array, void, undefined> {
        let size = 0;
        for await (const bytes of (await guardedRequest("http-get", url, timeout, options, { headers: { accept: "*/*" }, signal })).bytes) {
          size += bytes.length;
          if (size > maximum) throw new StageError("resource_exhausted", `http-get: the answer is larger than ${maximum} bytes; raise maximum if that is meant to be`, { reason: "too-large" });
          yield bytes;
        }
      }),
      decodeText(true),
    );
    return (call) => get(undefined, call);
  },
});

function bytesOf(values: Stream<unknown>): Stream<Uint8Array> {
  const encoder = new TextEncoder();
  return map((value: unknown): Uint8Array => {
    const data = writable(value);
    return typeof data === "string" ? encoder.encode(data) : data;
  })(values);
}
