import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "@iftk/server";
import { describe, expect, test, vi } from "vitest";
import { buildPage } from "./build-page.js";
import { bundlePage } from "./bundle-page.js";
import { hasBrowser, launchBrowser } from "./launch-browser.js";
import { staticFiles } from "./static-files.js";

const source = join(import.meta.dirname, "fixtures/page");

test("a page is bundled with its styles and what they import, and all else is copied", async () => {
  await using page = await bundlePage(source);
  const read = (name: string): Promise<string> => readFile(join(page.directory, name), "utf8");
  const [script, style] = await Promise.all([read("page.js"), read("page.css")]);
  expect(await readdir(page.directory)).toEqual(["index.html", "page.css", "page.js", "plain.mjs"]);
  expect([script.includes("import"), style.includes("@import"), style.indexOf("--paper") < style.indexOf("rebeccapurple")]).toEqual([false, false, true]);
  expect(await read("plain.mjs")).toBe(await readFile(join(source, "plain.mjs"), "utf8"));
});

test("a page that is small has maps of its sources", async () => {
  const directory = await mkdtemp(join(tmpdir(), "iftk-small-"));
  await buildPage(source, directory, { minify: true });
  expect(await readdir(directory)).toEqual(["index.html", "page.css", "page.css.map", "page.js", "page.js.map", "plain.mjs"]);
  await rm(directory, { recursive: true });
});

test("the folder of a bundled page goes when it is disposed of, and where the bundling fails", async () => {
  const folder = await mkdtemp(join(tmpdir(), "iftk-pages-"));
  vi.stubEnv("TMPDIR", folder);
  try {
    const page = await bundlePage(source);
    const during = await readdir(folder);
    await page[Symbol.asyncDispose]();
    await expect(bundlePage(join(source, "nowhere"))).rejects.toThrow("ENOENT");
    expect([during.length, await readdir(folder)]).toEqual([1, []]);
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  }
});

describe.runIf(hasBrowser())("a browser", () => {
  test("runs the page", { timeout: 60_000 }, async () => {
    await using page = await bundlePage(source);
    await using server = await listen(await staticFiles(page.directory), { port: 0 });
    const browser = await launchBrowser();
    try {
      const tab = await browser.newPage();
      await tab.goto(server.url);
      expect([await tab.title(), await tab.evaluate(() => getComputedStyle(document.body).color)]).toEqual(["Good morning", "rgb(102, 51, 153)"]);
    } finally {
      await browser.close();
    }
  });
});
