/** Chromium, where the machine has one. */
import { existsSync } from "node:fs";
import process from "node:process";
import { chromium, type Browser } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** Path of the browser that the tests use: CHROMIUM_PATH, or the first found. */
export const browserPath: string | undefined = [process.env["CHROMIUM_PATH"] ?? "", ...places].find((path) => path !== "" && existsSync(path));

/** Whether the browser tests run; without a browser they are skipped with a warning, save in CI. */
export const hasBrowser: boolean = browserPath !== undefined || Boolean(process.env["CI"]);
if (!hasBrowser) process.stderr.write("WARNING: no Chromium found, the tests of the page are SKIPPED; install it or set CHROMIUM_PATH.\n");

/** Starts the browser without a window and without services of its own. */
export async function launchBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error("no Chromium found: install it or set CHROMIUM_PATH");
  return chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}
