/** The files of the page, read once and served with headers that let nothing else in. */
import { readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Handler } from "@iftk/server";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Scripts, styles and connections of this origin only; no markup may be made from text; the microphone is for this page alone. */
const headers: Readonly<Record<string, string>> = {
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "permissions-policy": "microphone=(self)",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Gives a handler for the files of one folder; `/` is `index.html`. Only the names read at the start are known to it, so no path leads out of the folder.
 *
 * @throws Error when the folder has no `index.html`
 */
export async function staticFiles(directory: string): Promise<Handler> {
  const names = await readdir(directory).catch((): string[] => []);
  if (!names.includes("index.html")) throw new Error(`no page in ${directory}: build the example first (npm start microphone does)`);
  const files = new Map<string, { readonly body: Uint8Array<ArrayBuffer>; readonly type: string }>();
  for (const name of names) {
    const type = contentTypes[extname(name)];
    if (type) files.set(name === "index.html" ? "/" : `/${name}`, { body: new Uint8Array(await readFile(join(directory, name))), type });
  }
  const plain = (status: number, text: string): Response => new Response(`${text}\n`, { status, headers: { ...headers, "content-type": "text/plain" } });
  return function serveFile({ url, method }) {
    const file = files.get(new URL(url).pathname);
    if (!file) return plain(404, "not found");
    if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD");
    return new Response(method === "HEAD" ? null : file.body, { headers: { ...headers, "content-type": file.type } });
  };
}
