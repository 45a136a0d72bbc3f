/** The program in a page of Chromium. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { launchBrowser } from "@iftk/pages/testing";
import type { Report } from "./report.js";

const contentTypes: Readonly<Record<string, string>> = { "/index.html": "text/html", "/program.js": "text/javascript", "/worker.js": "text/javascript" };

/**
 * Serves the bundled program on this machine, runs it in a page and gives its report.
 *
 * @throws Error when there is no browser
 */
export async function runInBrowser(directory: string): Promise<Report> {
  const browser = await launchBrowser();
  const server = createServer((request, response) => {
    const type = contentTypes[request.url ?? ""];
    if (type === undefined) response.writeHead(404).end();
    else void readFile(join(directory, request.url ?? "")).then((text) => response.writeHead(200, { "content-type": type }).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
    return await page.evaluate(() => (globalThis as { report?: Promise<Report> }).report ?? Promise.reject(new Error("the program did not start")));
  } finally {
    await browser.close();
    server.close();
  }
}
