/** Which pages may call: those of the server's own host, and those of the origins that it lists. */
import type { Answer, Asked } from "./exchange.js";

/** What the origin of a request means for its answer. */
export interface OriginVerdict {
  readonly isAllowed: boolean;
  /** Whether the page comes from a listed origin of another host, so that the browser asks for these headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What an answer needs that no page of another host reads. */
export const noHeaders: Readonly<Record<string, string>> = {};

/** Judges the `Origin` header; a request without one comes from no page and is allowed. */
export function judgeOrigin(asked: Asked, origins: ReadonlySet<string>): OriginVerdict {
  const origin = asked.header("origin");
  if (origin === undefined) return { isAllowed: true, headers: noHeaders };
  if (origins.has(origin)) {
    return {
      isAllowed: true,
      headers: {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "iftk-run, retry-after",
        vary: "origin",
      },
    };
  }
  return { isAllowed: hostOf(origin) === asked.host(), headers: noHeaders };
}

/** The answer to a browser that asks whether it may call from another host. */
export function preflight(asked: Asked, headers: Readonly<Record<string, string>>, methods = "POST"): Answer {
  return {
    status: 204,
    headers: {
      ...headers,
      allow: `${methods}, OPTIONS`,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": asked.header("access-control-request-headers") ?? "content-type",
      "access-control-max-age": "600",
    },
    body: undefined,
  };
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
