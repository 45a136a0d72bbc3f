/** Which pages may call: those of the server's own host, and those of the origins that it lists. */

/** What the origin of a request means for its answer. */
export interface OriginVerdict {
  readonly isAllowed: boolean;
  /** Whether the page comes from a listed origin of another host, so that the browser asks for these headers. */
  readonly headers: Readonly<Record<string, string>>;
}

const none: Readonly<Record<string, string>> = {};

/** Judges the `Origin` header; a request without one comes from no page and is allowed. */
export function judgeOrigin(request: Request, origins: ReadonlySet<string>): OriginVerdict {
  const origin = request.headers.get("origin");
  if (origin === null) return { isAllowed: true, headers: none };
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
  return { isAllowed: hostOf(origin) === new URL(request.url).host, headers: none };
}

/** The answer to a browser that asks whether it may POST from another host. */
export function preflightResponse(request: Request, headers: Readonly<Record<string, string>>): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      allow: "POST, OPTIONS",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "content-type",
      "access-control-max-age": "600",
    },
  });
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
