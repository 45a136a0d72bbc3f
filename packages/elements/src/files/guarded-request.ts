/** Requests to URLs that are written in pipelines. */
import { isIP } from "node:net";
import { request, type HttpResponse, type RequestOptions } from "@iftk/inference/http";
import { guardedAgent, isPublicAddress, refusedHost } from "@iftk/inference/media";
import { z } from "zod";

/** What only code says of requests. */
export interface HttpOptions {
  /** Whether addresses that are not public may be asked: only where all pipelines are your own. */
  readonly allowPrivate?: boolean | undefined;
  /** Headers for a URL, such as keys, which have no place in a pipeline. */
  readonly headers?: ((url: URL) => Readonly<Record<string, string>>) | undefined;
}

type Dispatcher = ReturnType<typeof guardedAgent>;

// Made when it is first used, and shared, since it keeps connections.
let agent: Dispatcher | undefined;

/** A property that is a URL. */
export const urlProperty = z.url({ protocol: /^https?$/u, error: "expected a URL of http or https" }).max(4096).refine((text) => !URL.canParse(text) || (new URL(text).username === "" && new URL(text).password === ""), "a URL in a pipeline holds no user name and no password");

/** A property that bounds how long an answer may take. */
export const timeoutProperty = z.int().min(1).max(600_000).default(60_000).describe("Milliseconds in which the answer has to begin, and in which more of it has to come.");

/**
 * Sends a request when its address is public. Redirects are not followed.
 *
 * Throws StageError `permission_denied`, reason `private-address`, for another address, and what `request` throws.
 */
export async function guardedRequest(element: string, url: string, timeout: number, { allowPrivate = false, headers }: HttpOptions, options: Pick<RequestOptions, "method" | "body" | "signal"> & { readonly headers: Readonly<Record<string, string>> }): Promise<HttpResponse> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/gu, "");
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw refusedHost(host); // what is no name is never looked up
  const added = headers?.(target) ?? {};
  return request({
    provider: `${element} ${target.host}`,
    url: target,
    ...options,
    headers: { ...options.headers, ...added },
    secrets: Object.values(added),
    headersTimeout: timeout,
    bodyTimeout: timeout,
    ...(!allowPrivate && { dispatcher: (agent ??= guardedAgent()) }),
  });
}

/** The answer: a value where it is JSON, otherwise a text. Throws StageError `resource_exhausted`, reason `too-large`. */
export async function answerOf(response: HttpResponse, maxBytes: number): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  return /^[^;]*[/+]json\s*(?:;|$)/iu.test(type) ? response.json(maxBytes) : response.text(maxBytes);
}

