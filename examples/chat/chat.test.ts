import { chat as chatWith, openLlama } from "@iftk/llama";
import { bundlePage, hasBrowser, launchBrowser, type BundledPage } from "@iftk/pages/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageSource, servePage } from "./chat-page.js";
import { decodesAfterCancel, endless, together, until, watched } from "./model-stages.js";
import { statisticsOf } from "./statistics.js";

describe.runIf(hasBrowser())("a conversation in the browser with the embedded model", () => {
  let bundle: BundledPage;
  let browser: Browser;
  let backend: Awaited<ReturnType<typeof openLlama>>;
  beforeAll(async () => {
    [bundle, browser, backend] = await Promise.all([bundlePage(pageSource), launchBrowser(), openLlama({ modelPath: tinyModelPath })]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await backend.close();
    await bundle[Symbol.asyncDispose]();
  });

  const model = () => chatWith({ backend, temperature: 0 });

  test("streams the reply to a typed prompt in at least five steps", async () => {
    await using served = await servePage(browser, bundle.directory, model());
    const chat = await served.open();
    const growth = await chat.countGrowth();
    await chat.prompt.pressSequentially("Tell me a story about a fox.");
    await chat.prompt.press("Enter");
    const text = await chat.ended(0);
    expect((await growth()).length).toBeGreaterThanOrEqual(5);
    expect((await growth()).at(-1)).toBe(text.length);
    expect(text).toContain("fox");
    expect(await chat.replies.first().locator(".figures").innerText()).toMatch(/^\d+ tokens\s+[\d,.]+ tokens\/s\s+first token [\d.]+ m?s$/);
  });

  test("answers a second prompt in the same conversation with the first in mind", async () => {
    await using served = await servePage(browser, bundle.directory, model());
    const chat = await served.open();
    const bodies: string[] = [];
    chat.page.on("request", (request) => bodies.push(request.postData() ?? ""));
    await chat.ask("Tell me a story about a robot and a key.");
    const first = await chat.ended(0);
    await chat.ask("what is backpressure?");
    const second = await chat.ended(1);
    expect(JSON.parse(bodies.at(-1) ?? "")).toEqual({
      messages: [
        { role: "user", content: "Tell me a story about a robot and a key." },
        { role: "assistant", content: first },
        { role: "user", content: "what is backpressure?" },
      ],
    });
    expect(second.length).toBeGreaterThan(10);
  });

  test("stops the model within one token when Stop is pressed, and keeps the text", async () => {
    const { chat: stage, decodesAtCancel } = watched(endless(model()), backend);
    await using served = await servePage(browser, bundle.directory, stage);
    const chat = await served.open();
    await chat.ask("Tell me a story about a fox.");
    await chat.shown(0);
    await chat.stop.click();
    expect((await chat.ended(0, "stopped")).length).toBeGreaterThan(0);
    expect(await decodesAfterCancel(backend, decodesAtCancel)).toBeLessThanOrEqual(1);
    expect(await chat.button("Send").isVisible()).toBe(true);
  });

  test("streams to two pages at once in shared passes", async () => {
    await using served = await servePage(browser, bundle.directory, together(endless(model()), 2));
    const pages = await Promise.all([served.open(), served.open()]);
    for (const chat of pages) await chat.ask("Tell me a story about a fox.");
    for (const chat of pages) await chat.shown(0);
    const { decodes, tokens } = backend.statistics;
    await until(() => backend.statistics.decodes >= decodes + 200);
    const after = backend.statistics;
    expect((after.tokens - tokens) / (after.decodes - decodes)).toBeGreaterThan(1.5);
    for (const chat of pages) {
      await chat.stop.click();
      await chat.ended(0, "stopped");
    }
    await until(() => statisticsOf(backend).sequences === 0);
  });

  test("stops the model within one token when the page is closed in mid-stream", async () => {
    const { chat: stage, decodesAtCancel } = watched(endless(model()), backend);
    await using served = await servePage(browser, bundle.directory, stage);
    const chat = await served.open();
    await chat.ask("Tell me a story about a fox.");
    await chat.shown(0);
    await chat.page.close();
    expect(await decodesAfterCancel(backend, decodesAtCancel)).toBeLessThanOrEqual(1);
  });

  test("says kindly that a prompt is longer than the context", async () => {
    await using served = await servePage(browser, bundle.directory, model());
    const chat = await served.open();
    await chat.ask("a fox and a key ".repeat(1000));
    await chat.ended(0, "failed");
    expect(await chat.replies.first().innerText()).toContain("This message is longer than the model can read.");
  });
});
