/** Chromium, where the machine has one. */
import { existsSync } from "node:fs";
import process from "node:process";
import { chromium, type Browser } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/**
 * Gives the path of the browser that tests use: CHROMIUM_PATH, or the first found.
 *
 * @throws Error when there is none
 */
export function findBrowser(): string {
  const path = [process.env["CHROMIUM_PATH"] ?? "", ...places].find((place) => place !== "" && existsSync(place));
  if (path === undefined) throw new Error("no Chromium found: install it or set CHROMIUM_PATH");
  return path;
}

/** Tells whether tests that need a browser run: without one they are to be skipped, of which it warns, save in CI. */
export function hasBrowser(): boolean {
  try {
    findBrowser();
  } catch (error) {
    if (process.env["CI"]) return true; // they fail, and say why
    process.stderr.write(`WARNING: ${(error as Error).message}; the tests of pages are SKIPPED.\n`);
    return false;
  }
  return true;
}

/** Starts the browser without a window and without services of its own; further arguments are Chromium's. */
export async function launchBrowser(...args: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: findBrowser(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...args],
  });
}
