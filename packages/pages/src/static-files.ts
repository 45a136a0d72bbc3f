/** The files of a page, read once and served with headers that let nothing else in. */
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { StageError } from "@iftk/core";

export interface StaticFilesOptions {
  /** What the page may use of the machine, as `permissions-policy` says it; without it neither camera, location nor microphone. */
  readonly permissionsPolicy?: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".map": "application/json",
};

/** Scripts, styles and connections of this origin only; no markup may be made from text. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Headers of every answer that is not a stage's. */
export const strictHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Gives a handler for the files of one folder; `/` is `index.html`. Only the names read at the start are known to it, so no path leads out of the folder.
 *
 * @throws StageError `failed_precondition` when the folder has no `index.html`
 */
export async function staticFiles(directory: string, { permissionsPolicy }: StaticFilesOptions = {}): Promise<(request: Request) => Response> {
  const names = await readdir(directory).catch((): string[] => []);
  if (!names.includes("index.html")) throw new StageError("failed_precondition", `There is no page in ${directory}: build it first, as npm start does.`);
  const common = { ...strictHeaders, ...(permissionsPolicy === undefined ? {} : { "permissions-policy": permissionsPolicy }) };
  const files = new Map<string, { readonly body: Uint8Array<ArrayBuffer>; readonly headers: Readonly<Record<string, string>> }>();
  for (const name of names) {
    const type = contentTypes[extname(name)];
    if (!type) continue;
    const body = new Uint8Array(await readFile(join(directory, name)));
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    files.set(name === "index.html" ? "/" : `/${name}`, { body, headers: { ...common, "content-type": type, "cache-control": "no-cache", etag } });
  }
  const plain = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response =>
    new Response(`${text}\n`, { status, headers: { ...common, "content-type": "text/plain; charset=utf-8", ...headers } });

  return function serveFile({ url, method, headers }) {
    const file = files.get(new URL(url).pathname);
    if (!file) return plain(404, "not found");
    if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD", { allow: "GET, HEAD" });
    if (headers.get("if-none-match") === file.headers["etag"]) return new Response(null, { status: 304, headers: file.headers });
    return new Response(method === "HEAD" ? null : file.body, { headers: file.headers });
  };
}
