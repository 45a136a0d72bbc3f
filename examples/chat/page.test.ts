import { outputStream, StageError, type OutputStream } from "@iftk/core";
import { type ChatRequest, type Part, textOf } from "@iftk/inference";
import { bundlePage, hasBrowser, launchBrowser, type BundledPage } from "@iftk/pages/testing";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageSource, servePage, type ServedPage } from "./chat-page.js";

const finish = (outputTokens: number, unified: "stop" | "length" = "stop"): Part => ({ type: "finish", reason: { unified, raw: unified }, usage: { inputTokens: 1, outputTokens } });
const says = (...texts: string[]): Part[] => [...texts.map((text): Part => ({ type: "text-delta", text })), finish(texts.length)];

/** Keeps a call open until it is aborted. */
const never = (signal: AbortSignal): Promise<void> => new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

const lines = Array.from({ length: 120 }, (_, line) => `line ${line}\n`).join("");

/** Lets the reply to "grow" go on to its second half. */
let growOn = (): void => {};
const grown = new Promise<void>((resolve) => (growOn = resolve));

const requests: ChatRequest[] = [];

/** Answers by the last message, with parts that a test asked for. */
const scripted: OutputStream<ChatRequest, Part> = outputStream(async function* scripted(request: ChatRequest, { signal }) {
  requests.push(request);
  const said = request.messages.at(-1);
  const prompt = said ? textOf(said, "scripted") : "";
  if (prompt === "markup") yield* says("<img src=x onerror=", "\"document.title='owned'\">", "</div><script>document.title='owned'</script>", "<b>bold</b> &amp;\n  two spaces");
  else if (prompt === "think") {
    yield { type: "reasoning-delta", text: "Two and " };
    yield { type: "reasoning-delta", text: "two is four." };
    yield* says("Four.");
  } else if (prompt === "hang") {
    yield { type: "text-delta", text: "I have begun" };
    await never(signal);
  } else if (prompt === "too long") throw new StageError("invalid_argument", "4000 tokens", { reason: "context-length" });
  else if (prompt === "break" && requests.filter(({ messages }) => messages.at(-1)?.content === "break").length === 1) {
    yield { type: "text-delta", text: "Half a " };
    throw new StageError("resource_exhausted", "all sequences are open");
  } else if (prompt === "grow") {
    yield* says(lines).slice(0, -1);
    await grown;
    yield* says(lines);
  } else if (prompt === "wide") yield* says("W".repeat(400));
  else yield* says("You said ", prompt, " 👩‍🚀.");
});

describe.runIf(hasBrowser())("the page", () => {
  let bundle: BundledPage;
  let browser: Browser;
  let served: ServedPage;
  beforeAll(async () => {
    [bundle, browser] = await Promise.all([bundlePage(pageSource), launchBrowser()]);
    served = await servePage(browser, bundle.directory, scripted);
  }, 60_000);
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    await browser.close();
    await bundle[Symbol.asyncDispose]();
  });

  test("shows what looks like markup in a reply and a prompt as the text it is", async () => {
    const chat = await served.open();
    await chat.ask("markup");
    expect(await chat.ended(0)).toBe("<img src=x onerror=\"document.title='owned'\"></div><script>document.title='owned'</script><b>bold</b> &amp;\n  two spaces");
    await chat.ask("<i>hi</i>");
    expect(await chat.ended(1)).toBe("You said <i>hi</i> 👩‍🚀.");
    expect(await chat.log.locator("img, script, b, i").count()).toBe(0);
    expect(await chat.page.title()).toBe("IFTK chat");
  });

  test("sends the whole conversation, with the parts that were stopped as far as they were shown", async () => {
    const chat = await served.open();
    await chat.ask("one");
    await chat.ended(0);
    await chat.ask("hang");
    await chat.shown(1);
    await chat.stop.click();
    const kept = await chat.ended(1, "stopped");
    expect(await chat.replies.nth(1).innerText()).toContain("Stopped");
    await chat.ask("three");
    await chat.ended(2);
    expect("I have begun".startsWith(kept)).toBe(true);
    expect(requests.at(-1)?.messages).toEqual([
      { role: "user", content: "one" },
      { role: "assistant", content: "You said one 👩‍🚀." },
      { role: "user", content: "hang" },
      { role: "assistant", content: kept },
      { role: "user", content: "three" },
    ]);
  });

  test("folds the reasoning away and tells how long it took", async () => {
    const chat = await served.open();
    await chat.ask("think");
    await chat.ended(0);
    const thoughts = chat.page.getByText("Two and two is four.");
    expect(await thoughts.isVisible()).toBe(false);
    await chat.page.getByText(/^Thought for \d+\.\d s$/).click();
    expect(await thoughts.isVisible()).toBe(true);
  });

  test("shows an error with a way to try again, which replaces the broken reply", async () => {
    const chat = await served.open();
    await chat.ask("break");
    expect(await chat.ended(0, "failed")).toBe("Half a ");
    expect(await chat.replies.first().innerText()).toContain("The model is busy with other conversations.");
    await chat.button("Retry").click();
    expect(await chat.ended(0)).toBe("You said break 👩‍🚀.");
    expect(await chat.prompt.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test("offers a new conversation when the context is exceeded, and keeps the message", async () => {
    const chat = await served.open();
    await chat.ask("hello");
    await chat.ended(0);
    await chat.ask("too long");
    await chat.ended(1, "failed");
    expect(await chat.replies.nth(1).innerText()).toContain("This conversation has grown longer than the model can read.");
    await chat.log.getByRole("button", { name: "New conversation" }).click();
    expect([await chat.replies.count(), await chat.prompt.inputValue()]).toEqual([0, "too long"]);
    expect(await chat.page.getByRole("heading", { level: 2 }).isVisible()).toBe(true);
  });

  test("says that the server is gone when it is", async () => {
    const chat = await served.open();
    await chat.page.context().setOffline(true);
    await chat.ask("hello");
    await chat.ended(0, "failed");
    expect(await chat.replies.first().innerText()).toContain("The server cannot be reached.");
    await chat.page.context().setOffline(false);
  });

  test("is used by keyboard alone", async () => {
    const chat = await served.open();
    const { keyboard } = chat.page;
    const focused = (): Promise<string> => chat.page.evaluate(() => document.activeElement?.id ?? "");
    expect(await focused()).toBe("prompt");
    await keyboard.press("Enter");
    await keyboard.type("a line");
    await keyboard.press("Shift+Enter");
    await keyboard.type("and another");
    await keyboard.press("Enter");
    expect(await chat.ended(0)).toBe("You said a line\nand another 👩‍🚀.");
    await keyboard.press("Tab");
    await keyboard.press("Space");
    expect(await chat.page.getByRole("button", { name: "Think first", pressed: true }).count()).toBe(1);
    await keyboard.press("Shift+Tab");
    await keyboard.type("hang");
    await keyboard.press("Enter");
    await chat.shown(1);
    await keyboard.press("Escape");
    await chat.ended(1, "stopped");
    expect([await focused(), requests.at(-1)?.messages[0]]).toEqual(["prompt", { role: "system", content: "Think step by step." }]);
    await keyboard.type("hang");
    await keyboard.press("Enter");
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    expect(await focused()).toBe("stop");
    await keyboard.press("Enter");
    await chat.ended(2, "stopped");
    expect(await focused()).toBe("prompt");
  });

  test("begins a new conversation from the bar, also while a reply runs", async () => {
    const chat = await served.open();
    await chat.ask("hang");
    await chat.shown(0);
    await chat.button("New conversation").click();
    expect([await chat.replies.count(), await chat.stop.isVisible(), await chat.button("Send").isVisible()]).toEqual([0, false, true]);
    await chat.button("Who are you?").click();
    expect(await chat.ended(0)).toBe("You said Who are you? 👩‍🚀.");
    expect(requests.at(-1)?.messages).toHaveLength(1);
  });

  test("names its regions and controls, and announces a reply once it is whole", async () => {
    const chat = await served.open();
    await chat.ask("hang");
    await chat.shown(0);
    expect(await chat.log.getAttribute("aria-live")).toBe("off");
    expect(await chat.replies.first().getAttribute("aria-busy")).toBe("true");
    expect(await chat.page.getByRole("status").textContent()).toBe("The model is answering");
    await chat.stop.click();
    await chat.ended(0, "stopped");
    await chat.ask("hello");
    await chat.ended(1);
    expect(await chat.page.getByRole("status").textContent()).toBe("Reply: You said hello 👩‍🚀.");
    const nameless = await chat.page.getByRole("button").evaluateAll((buttons) => buttons.filter((button) => !button.textContent?.trim()).length);
    expect([nameless, await chat.page.getByRole("main").count(), await chat.page.getByRole("heading", { level: 1 }).count()]).toEqual([0, 1, 1]);
  });

  test("follows the end unless the reader has scrolled up, and leads back to it", async () => {
    const chat = await served.open({ viewport: { width: 600, height: 500 } });
    const distance = (): Promise<number> => chat.page.evaluate(() => document.documentElement.scrollHeight - innerHeight - Math.round(scrollY));
    await chat.ask("grow");
    await chat.shown(0, lines.length);
    expect(await distance()).toBeLessThan(2);
    await chat.page.evaluate(() => scrollTo(0, 100));
    await chat.page.waitForFunction(() => !document.getElementById("latest")?.hidden);
    growOn();
    await chat.ended(0);
    expect(await chat.page.evaluate(() => scrollY)).toBe(100);
    await chat.button("Go to the latest text").click();
    expect(await distance()).toBeLessThan(2);
  });

  test.each([320, 390, 1440])("fits a screen of %i pixels, whatever the model says", async (width) => {
    const chat = await served.open({ viewport: { width, height: 640 } });
    const overflow = (): Promise<number> => chat.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await chat.ask("wide");
    await chat.ended(0);
    await chat.ask("too long");
    await chat.ended(1, "failed");
    expect(await overflow()).toBeLessThanOrEqual(0);
    const buttons = await chat.page.getByRole("button").evaluateAll((all) => all.map((button) => button.getBoundingClientRect()).filter((box) => box.width > 0).map(({ width, height }) => Math.min(width, height)));
    expect(Math.min(...buttons)).toBeGreaterThanOrEqual(24);
  });

  test.each(["light", "dark"] as const)("has readable contrasts in %s", async (colorScheme) => {
    const chat = await served.open({ colorScheme });
    await chat.ask("too long");
    await chat.ended(0, "failed");
    const colors = await chat.page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const names = ["paper", "surface", "shade", "ink", "ink-soft", "accent", "accent-ink", "accent-shade", "error", "error-shade", "line-strong"];
      return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    });
    const contrast = (one: string, other: string): number => {
      const [low = 0, high = 0] = [luminance(colors[one] ?? ""), luminance(colors[other] ?? "")].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    const pairs = [["ink", "paper"], ["ink", "surface"], ["ink", "shade"], ["ink-soft", "paper"], ["ink-soft", "surface"], ["ink-soft", "shade"], ["accent-ink", "accent"], ["accent", "accent-shade"], ["accent", "paper"], ["error", "error-shade"]] as const;
    expect(pairs.filter(([one, other]) => contrast(one, other) < 4.5)).toEqual([]);
    expect(luminance(colors["paper"] ?? "") < 0.5).toBe(colorScheme === "dark");
  });

  test("moves nothing for readers who want no motion", async () => {
    const chat = await served.open({ reducedMotion: "reduce" });
    await chat.ask("hang");
    await chat.shown(0);
    const moving = await chat.page.evaluate(() => document.getAnimations().length);
    expect(moving).toBe(0);
  });

  test("raised no error in any of the pages above", () => {
    expect(served.errors).toEqual([]);
  });
});

/** Relative luminance of `#rrggbb` as WCAG defines it. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
