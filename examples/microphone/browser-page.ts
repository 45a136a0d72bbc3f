/** The page in a real Chromium with a microphone that plays a file. */
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
const browserPath = [process.env["CHROMIUM_PATH"] ?? "", ...places].find((path) => path !== "" && existsSync(path));

/** Whether the browser tests run; without a browser they are skipped with a warning, save in CI. */
export const hasBrowser: boolean = browserPath !== undefined || Boolean(process.env["CI"]);
if (!hasBrowser) process.stderr.write("WARNING: no Chromium found, the tests of the microphone page are SKIPPED; install it or set CHROMIUM_PATH.\n");

/** What a browser test needs; disposing of it removes what was made. */
export interface BrowserPage extends AsyncDisposable {
  /** Where the page was bundled, from source. */
  readonly directory: string;
  /** A browser without a window. */
  launch(microphone: "file" | "none"): Promise<Browser>;
}

/** Bundles the page into a temporary folder, with a file for the microphone to play again and again. */
export async function prepareBrowserPage(sound: Uint8Array): Promise<BrowserPage> {
  const source = join(import.meta.dirname, "page");
  const temporary = await mkdtemp(join(tmpdir(), "iftk-microphone-"));
  const [directory, wave] = [join(temporary, "page"), join(temporary, "sound.wav")];
  await writeFile(wave, sound);
  await build({
    entryPoints: [join(source, "page.ts")], outdir: directory, bundle: true, splitting: true, format: "esm",
    platform: "browser", target: "es2022", conditions: ["@iftk/source", "module"], logLevel: "warning",
  });
  for (const name of await readdir(source)) if (extname(name) !== ".ts") await cp(join(source, name), join(directory, name));

  async function launch(microphone: "file" | "none"): Promise<Browser> {
    if (browserPath === undefined) throw new Error("no Chromium found: install it or set CHROMIUM_PATH");
    const fake = ["--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${wave}`];
    return chromium.launch({
      executablePath: browserPath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...(microphone === "file" ? fake : [])],
    });
  }
  return { directory, launch, [Symbol.asyncDispose]: () => rm(temporary, { recursive: true, force: true }) };
}
