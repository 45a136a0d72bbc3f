import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { staticFiles, strictHeaders } from "./static-files.js";

let directory: string;
let page: (request: Request) => Response;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "iftk-files-"));
  for (const name of ["index.html", "page.js", "capture.mjs", "page.css", "icon.svg", "page.js.map", "sound.wav", "page.ts", ".env"]) await writeFile(join(directory, name), `text of ${name}`);
  page = await staticFiles(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const get = (path: string, init: RequestInit = {}): Response => page(new Request(`http://host.test${path}`, init));

describe("the files of a page", () => {
  test.each([
    ["/", "text/html; charset=utf-8", "index.html"],
    ["/?a=b", "text/html; charset=utf-8", "index.html"],
    ["/page.js", "text/javascript; charset=utf-8", "page.js"],
    ["/capture.mjs", "text/javascript; charset=utf-8", "capture.mjs"],
    ["/page.css", "text/css; charset=utf-8", "page.css"],
    ["/icon.svg", "image/svg+xml", "icon.svg"],
    ["/page.js.map", "application/json", "page.js.map"],
  ])("are served at %s as %s, under strict headers", async (path, type, name) => {
    const response = get(path);
    const etag: unknown = expect.stringMatching(/^"[\w-]{22}"$/);
    expect([response.status, Object.fromEntries(response.headers), await response.text()]).toEqual([200, { ...strictHeaders, "cache-control": "no-cache", "content-type": type, etag }, `text of ${name}`]);
  });

  test("are not sent again to who has them, nor to who asks for the head alone", async () => {
    const etag = get("/page.js").headers.get("etag") ?? "";
    const [again, head, other] = [get("/page.js", { headers: { "if-none-match": etag } }), get("/page.js", { method: "HEAD" }), get("/page.css", { headers: { "if-none-match": etag } })];
    expect([again.status, await again.text(), again.headers.get("etag"), head.status, await head.text(), other.status]).toEqual([304, "", etag, 200, "", 200]);
  });

  test.each(["/index.html", "/sound.wav", "/page.ts", "/.env", "/../page.js/x", "/..%2fpage.js", "//page.js", "/__proto__", "/toString"])("hold nothing at %s", async (path) => {
    const response = get(path);
    expect([response.status, response.headers.get("content-security-policy"), await response.text()]).toEqual([404, strictHeaders["content-security-policy"], "not found\n"]);
  });

  test("are only read", async () => {
    const response = get("/", { method: "POST", body: "x" });
    expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([405, "GET, HEAD", "only GET and HEAD\n"]);
  });

  test("may use of the machine what the options say, and nothing else without them", async () => {
    const permitting = await staticFiles(directory, { permissionsPolicy: "microphone=(self)" });
    const policies = [permitting(new Request("http://host.test/")), permitting(new Request("http://host.test/other")), get("/")].map(({ headers }) => headers.get("permissions-policy"));
    expect(policies).toEqual(["microphone=(self)", "microphone=(self)", "camera=(), geolocation=(), microphone=()"]);
  });

  test("no markup is made from text, and no inline script runs", () => {
    const policy = strictHeaders["content-security-policy"] ?? "";
    expect([policy.includes("default-src 'none'"), policy.includes("require-trusted-types-for 'script'"), policy.includes("unsafe")]).toEqual([true, true, false]);
  });
});

test.each(["nowhere", ""])("a folder without a page is refused: %j", async (name) => {
  const empty = await mkdtemp(join(tmpdir(), "iftk-empty-"));
  await expect(staticFiles(join(empty, name))).rejects.toMatchObject({ code: "failed_precondition", message: expect.stringContaining(`There is no page in ${join(empty, name)}`) as string });
  await rm(empty, { recursive: true });
});
