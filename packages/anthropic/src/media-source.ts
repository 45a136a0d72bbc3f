/** Images and files as blocks of a message. */
import { Buffer } from "node:buffer";
import type { Base64ImageSource, DocumentBlockParam, ImageBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { StageError } from "@iftk/core";
import type { FileContent, ImageContent, Media } from "@iftk/inference";
import { provider } from "./failure.js";

const imageTypes: ReadonlySet<string> = new Set<Base64ImageSource["media_type"]>(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** The block of an image. Throws StageError `unimplemented`, reason `option`, for one of a type that the provider does not take. */
export function imageBlock({ image }: ImageContent): ImageBlockParam {
  const given = resolved(image);
  if ("url" in given) return { type: "image", source: { type: "url", url: given.url } };
  const { mediaType } = given;
  if (!imageTypes.has(mediaType)) throw unimplemented(`an image of type ${JSON.stringify(mediaType)}`, `it takes ${[...imageTypes].join(", ")}`);
  return { type: "image", source: { type: "base64", media_type: mediaType as Base64ImageSource["media_type"], data: base64(given.data) } };
}

/** The block of a PDF or of a text of any kind. Throws StageError `unimplemented`, reason `option`, for other files. */
export function documentBlock({ file, name }: FileContent): DocumentBlockParam {
  return { type: "document", source: documentSource(file), ...(name !== undefined && { title: name }) };
}

function documentSource(file: Media): DocumentBlockParam["source"] {
  const given = resolved(file);
  const mediaType = given.mediaType ?? "application/pdf";
  if (mediaType === "application/pdf") return "url" in given ? { type: "url", url: given.url } : { type: "base64", media_type: mediaType, data: base64(given.data) };
  if (!/^text\/|^application\/(?:.+\+)?(?:json|xml|yaml|javascript)$/.test(mediaType)) throw unimplemented(`a file of type ${JSON.stringify(mediaType)}`, "it takes PDF and text");
  if ("url" in given) throw unimplemented("a text by its URL", "it fetches images and PDF; fetch the text and give its bytes");
  return { type: "text", media_type: "text/plain", data: decoded(given.data) };
}

type Resolved = { readonly data: Uint8Array | string; readonly mediaType: string } | { readonly url: string; readonly mediaType?: string | undefined };

/** The media with its type in lower case and without parameters; a data URL is what it holds. */
function resolved(media: Media): Resolved {
  if ("data" in media) return { data: media.data, mediaType: bare(media.mediaType) };
  const { url, mediaType } = media;
  if (!/^data:/i.test(url)) return { url, ...(mediaType !== undefined && { mediaType: bare(mediaType) }) };
  const comma = url.indexOf(",");
  const head = url.slice("data:".length, comma);
  if (comma < 0) throw new StageError("invalid_argument", `${provider}: a data URL has no comma before its data`);
  const text = url.slice(comma + 1);
  const data = /;base64$/i.test(head) ? text : new TextEncoder().encode(percentDecoded(text));
  return { data, mediaType: bare(mediaType ?? (head || "text/plain")) };
}

const bare = (mediaType: string): string => (mediaType.split(";")[0] ?? "").trim().toLowerCase();

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StageError("invalid_argument", `${provider}: a data URL is not percent-encoded as it has to be`);
  }
}

/** Base64 in the alphabet and with the padding that the API insists on. */
function base64(data: Uint8Array | string): string {
  if (typeof data !== "string") return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  if (!/^[\w+/-]*={0,2}$/.test(data)) throw new StageError("invalid_argument", `${provider}: the data of a medium is not base64; give base64 without white space, or bytes`);
  return data.length % 4 === 0 && !/[-_]/.test(data) ? data : Buffer.from(data, "base64").toString("base64");
}

const decoded = (data: Uint8Array | string): string => new TextDecoder().decode(typeof data === "string" ? Buffer.from(data, "base64") : data);

function unimplemented(what: string, hint: string): StageError {
  return new StageError("unimplemented", `${provider}: ${what} cannot be given to this provider; ${hint}`, { reason: "option" });
}
