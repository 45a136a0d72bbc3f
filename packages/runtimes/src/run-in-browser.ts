/** The program in a page of Chromium. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";
import type { Report } from "./report.js";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/**
 * Path of the browser: CHROMIUM_PATH, or the first found.
 *
 * @throws Error when there is none.
 */
export function findBrowser(): string {
  const path = [process.env["CHROMIUM_PATH"] ?? "", ...places].find((place) => place !== "" && existsSync(place));
  if (path === undefined) throw new Error("no Chromium found: install it or set CHROMIUM_PATH");
  return path;
}

const contentTypes: Readonly<Record<string, string>> = { "/index.html": "text/html", "/program.js": "text/javascript", "/worker.js": "text/javascript" };

/** Serves the bundled program on this machine, runs it in a page and gives its report. */
export async function runInBrowser(executablePath: string, directory: string): Promise<Report> {
  const server = createServer((request, response) => {
    const type = contentTypes[request.url ?? ""];
    if (type === undefined) response.writeHead(404).end();
    else void readFile(join(directory, request.url ?? "")).then((text) => response.writeHead(200, { "content-type": type }).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
    return await page.evaluate(() => (globalThis as { report?: Promise<Report> }).report ?? Promise.reject(new Error("the program did not start")));
  } finally {
    await browser.close();
    server.close();
  }
}
