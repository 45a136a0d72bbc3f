/** Media from URLs that come from outside. */
import { isIP } from "node:net";
import { StageError } from "@iftk/core";
import type { Agent } from "undici";
import { answerTo, refuse } from "../http/request.js";
import type { HttpResponse } from "../http/http-response.js";
import { guardedAgent, refusedHost } from "./guarded-agent.js";
import { decodeDataUrl } from "./decode.js";
import { tellMediaType } from "./media-type-of.js";
import { isPublicAddress } from "./public-address.js";
import { defaultMaxBytes, readBounded, tooLarge } from "./read-bounded.js";

/** How media are fetched. */
export interface FetchMediaOptions {
  readonly signal?: AbortSignal | undefined;
  /** Largest size in bytes; 64 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds for all of it; 60,000 by default. */
  readonly maxWait?: number | undefined;
  /** Whether addresses that are not public may be asked: only for URLs that are your own. An origin allows itself alone: where it redirects elsewhere, that is checked as always. */
  readonly allowPrivate?: boolean | string | undefined;
}

/** A medium with its bytes, as it stands in messages and requests. */
export interface FetchedMedia {
  readonly data: Uint8Array;
  readonly mediaType: string;
}

// Taken at load: what passes while a network answers is real time, also in a test that moves a clock of its own.
const { setTimeout, clearTimeout } = globalThis;

/** Redirects that are followed. */
const mostRedirects = 5;

// Made when it is first used, and shared, since it keeps connections.
let agent: Agent | undefined;

/**
 * Fetches what an http, https or data URL names, and tells its type by its bytes.
 *
 * The URL may come from anywhere: only public addresses are asked, on every hop, and never with a key.
 * Throws StageError `permission_denied`, reason `private-address`, for others; `invalid_argument` for a URL of another kind or
 * with a user and password; `resource_exhausted`, reason `too-large`; `deadline_exceeded`, reason `timeout`; and what `request` throws.
 */
export async function fetchMedia(url: string | URL, options: FetchMediaOptions = {}): Promise<FetchedMedia> {
  const { signal, maxBytes = defaultMaxBytes, maxWait = 60_000 } = options;
  signal?.throwIfAborted();
  if (/^data:/i.test(String(url))) return decodeDataUrl(String(url), maxBytes);
  const limit = new AbortController();
  const stop = (): void => limit.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => limit.abort(new StageError("deadline_exceeded", `the medium was not there within ${maxWait} ms`, { reason: "timeout" })), Math.min(maxWait, 2 ** 31 - 1)); // a longer timer fires at once
  try {
    const { headers, bytes, close } = await follow(url, options.allowPrivate ?? false, limit.signal);
    if (Number(headers.get("content-length")) > maxBytes) {
      close();
      throw tooLarge(maxBytes);
    }
    const data = await readBounded(bytes, maxBytes);
    return { data, mediaType: await tellMediaType(data, headers.get("content-type") ?? undefined) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** The answer at the end of the redirects, each of which is checked like the first URL. */
async function follow(start: string | URL, allowed: boolean | string, signal: AbortSignal): Promise<HttpResponse> {
  let url = checkedUrl(start, allowed);
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const options = { provider: `media from ${url.host}`, url, signal, headers: { accept: "*/*" }, ...(!mayBePrivate(url, allowed) && { dispatcher: (agent ??= guardedAgent()) }) };
    const response = await answerTo(options);
    const location = isRedirect.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return response.status >= 200 && response.status < 300 ? response : refuse(options, response);
    response.close();
    url = checkedUrl(location, allowed, url);
  }
  throw new StageError("failed_precondition", `the medium is behind more than ${mostRedirects} redirects`, { reason: "redirect" });
}

const isRedirect: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const mayBePrivate = ({ origin }: URL, allowed: boolean | string): boolean => allowed === true || origin === allowed;

/** The URL when it may be asked. The parser has by then put every spelling of an address into one form. */
function checkedUrl(text: string | URL, allowed: boolean | string, base?: URL): URL {
  const url = URL.canParse(String(text), base) ? new URL(String(text), base) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) throw new StageError("invalid_argument", "media are fetched from http and https URLs alone");
  if (url.username || url.password) throw new StageError("invalid_argument", "the URL of a medium holds a user name or a password, which is not sent; leave it out");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!mayBePrivate(url, allowed) && isIP(host) !== 0 && !isPublicAddress(host)) throw refusedHost(host); // what is no name is never looked up
  return url;
}
