import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { bundlePage, hasBrowser, launchBrowser, type BundledPage } from "@iftk/pages/testing";
import type { Listening } from "@iftk/server";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { serveMicrophone } from "./serve-microphone.js";
import { tones, waveFile } from "./tones.js";

/** 0.6 s of sound between silences, which the microphone plays again and again. */
const sound = waveFile(48_000, tones(48_000, [0.6, 0], [0.6, 0.25], [1.2, 0]));
const allowed: BrowserContextOptions = { permissions: ["microphone"] };

describe.runIf(hasBrowser())("the page", () => {
  let bundle: BundledPage;
  let browser: Browser;
  let server: Listening;
  const errors: string[] = [];
  beforeAll(async () => {
    bundle = await bundlePage(join(import.meta.dirname, "page"));
    const wave = join(bundle.directory, "sound.wav");
    await writeFile(wave, sound);
    const microphone = ["--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${wave}`];
    [browser, server] = await Promise.all([launchBrowser(...microphone), serveMicrophone(bundle.directory, { port: 0 })]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server.close({ grace: 0 });
    await bundle[Symbol.asyncDispose]();
  });

  async function open(options: BrowserContextOptions = allowed, { at = browser, url = server.url } = {}): Promise<Page> {
    const page = await (await at.newContext(options)).newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/ERR_CONNECTION|WebSocket connection/.test(message.text())) errors.push(message.text());
    });
    await page.goto(url);
    return page;
  }
  const button = (page: Page) => page.getByRole("button", { name: "Record" });
  const lines = (page: Page) => page.getByRole("log").locator("li");
  const state = (page: Page, wanted: string) => page.locator(`body[data-state="${wanted}"]`).waitFor();

  /** Lets the test see what the microphone gives to the page, as `stream`. */
  const keepStream = (page: Page) =>
    page.evaluate(() => {
      const { mediaDevices } = navigator;
      const ask = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (constraints) => Object.assign(globalThis, { stream: await ask(constraints) }).stream;
    });

  test("shows the first result before the last input is sent", async () => {
    const page = await open();
    const happened: string[] = [];
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => happened.push(typeof payload === "string" ? "sent words" : "sent sound"));
    });
    await button(page).click();
    await lines(page).first().waitFor();
    happened.push(`shown: ${await lines(page).first().innerText()}`);
    const sentBefore = happened.length;
    await vi.waitUntil(() => happened.slice(sentBefore).filter((what) => what === "sent sound").length >= 5, { timeout: 10_000 });
    await button(page).click();
    await state(page, "stopped");
    const first = happened.findIndex((what) => what.startsWith("shown"));
    expect(happened[first]).toMatch(/^shown: From 0:\d\d\.\d\s+speaking$/);
    expect(happened.slice(0, first)).toContain("sent sound");
    expect(first).toBeLessThan(happened.lastIndexOf("sent sound"));
    await page.context().close();
  });

  test("tells when speech began and ended, and finishes the last line when it is stopped", async () => {
    const page = await open();
    await button(page).click();
    await page.locator('[data-state="done"]').first().waitFor();
    await lines(page).nth(1).waitFor();
    expect([await button(page).getAttribute("aria-pressed"), await page.getByRole("status").textContent()]).toEqual(["true", "Listening; press to stop"]);
    await button(page).click();
    await state(page, "stopped");
    const [first, second, ...others] = await lines(page).allInnerTexts();
    expect([first, second, others]).toEqual([expect.stringMatching(/^0:0\d\.\d to 0:0\d\.\d\s+\d\.\d s, −1\d dB$/), expect.stringMatching(/^0:0\d\.\d to 0:0\d\.\d\s+\d\.\d s, −\d+ dB$/), []]);
    expect(await page.locator("#strip .is-speech").count()).toBeGreaterThan(5);
    await button(page).click();
    await state(page, "listening");
    expect(await page.locator('[data-state="done"]').count()).toBe(0);
    await page.context().close();
  });

  test("lets the microphone and the run on the server go when it is stopped", async () => {
    const page = await open();
    const ends = vi.fn<() => void>();
    page.on("websocket", (socket) => socket.on("close", ends));
    await keepStream(page);
    await button(page).click();
    await page.locator("#strip span").first().waitFor();
    await button(page).click();
    await state(page, "stopped");
    expect(await page.evaluate(() => (globalThis as unknown as { stream: MediaStream }).stream.getTracks().map(({ readyState }) => readyState))).toEqual(["ended"]);
    await vi.waitUntil(() => ends.mock.calls.length === 1);
    await page.context().close();
  });

  test("says so when the microphone is not allowed", async () => {
    const page = await open({});
    await button(page).click();
    await state(page, "failed");
    expect([await page.getByRole("alert").innerText(), await page.getByRole("status").innerText()]).toEqual(["The browser does not let this page use the microphone. Allow it next to the address, then start again.", "Press to try again"]);
    await page.context().grantPermissions(["microphone"]);
    await button(page).click();
    await state(page, "listening");
    expect(await page.getByRole("alert").isVisible()).toBe(false);
    await page.context().close();
  });

  test("says so when there is no microphone", async () => {
    const mute = await launchBrowser();
    const page = await open(allowed, { at: mute });
    await button(page).click();
    await state(page, "failed");
    expect(await page.getByRole("alert").innerText()).toBe("No microphone was found. Connect one, then start again.");
    await mute.close();
  });

  test("says so when the microphone is taken away", async () => {
    const page = await open();
    await keepStream(page);
    await button(page).click();
    await page.locator("#strip span").first().waitFor();
    await page.evaluate(() => (globalThis as unknown as { stream: MediaStream }).stream.getTracks()[0]?.dispatchEvent(new Event("ended")));
    await state(page, "failed");
    expect(await page.getByRole("alert").innerText()).toBe("The microphone was taken away.");
    await page.context().close();
  });

  test("says so when what it records is not taken, and stops", async () => {
    const page = await open();
    await page.routeWebSocket("**/speech", () => {}); // opens and never says a word
    await page.reload();
    await keepStream(page);
    await button(page).click();
    await state(page, "failed");
    expect([await page.getByRole("alert").innerText(), await page.evaluate(() => (globalThis as unknown as { stream: MediaStream }).stream.active)]).toEqual(["The connection is too slow for live sound.", false]);
    await page.context().close();
  });

  test("leaves nothing that runs on the server when it is closed", async () => {
    const other = await serveMicrophone(bundle.directory, { port: 0 });
    const page = await open(allowed, { url: other.url });
    await button(page).click();
    await page.locator("#strip span").first().waitFor();
    await page.context().close();
    await expect(other.close({ grace: 60_000 })).resolves.toBeUndefined();
  });

  test("says so when the server goes, before it records and while it does", async () => {
    const other = await serveMicrophone(bundle.directory, { port: 0 });
    const page = await open(allowed, { url: other.url });
    await button(page).click();
    await page.locator('[data-state="speaking"]').waitFor();
    await other.close({ grace: 0 });
    await state(page, "failed");
    expect([await page.getByRole("alert").innerText(), await page.locator('[data-state="cut"]').innerText()]).toEqual(["The server went away. What was heard until then stays here.", expect.stringMatching(/cut off$/)]);
    await button(page).click();
    await page.getByText("The server cannot be reached. Is it still running?").waitFor();
    await page.context().close();
  });

  test("is used by keyboard, and is not asked twice", async () => {
    const page = await open();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Space");
    await state(page, "listening");
    await page.keyboard.press("Enter");
    await state(page, "stopped");
    expect(await button(page).evaluate((element) => element === document.activeElement)).toBe(true);
    await page.context().close();
  });

  test.each([["light", 320], ["dark", 1280]] as const)("fits the screen in %s at %i pixels", async (colorScheme, width) => {
    const page = await open({ ...allowed, colorScheme, viewport: { width, height: 720 } });
    await button(page).click();
    await page.locator('[data-state="done"]').waitFor();
    await lines(page).nth(1).waitFor();
    const { IFTK_SCREENSHOTS: folder } = process.env;
    if (folder) await page.screenshot({ path: `${folder}/microphone-${colorScheme}.png` });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  test("raised no error in any of the pages above", () => {
    expect(errors).toEqual([]);
  });
});
