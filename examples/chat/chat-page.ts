/** The page in a browser, as tests look at it. */
import { join } from "node:path";
import { listen } from "@iftk/server";
import type { OutputStream } from "@iftk/core";
import type { ChatRequest, Part } from "@iftk/inference";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { createHandler } from "./handler.js";

/** Folder of the page's sources. */
export const pageSource: string = join(import.meta.dirname, "page");

/** A page that shows the conversation, with its controls by the names that people know them by. */
export class ChatPage {
  readonly page: Page;
  readonly log: Locator;
  readonly prompt: Locator;
  readonly replies: Locator;
  readonly stop: Locator;

  constructor(page: Page) {
    this.page = page;
    this.log = page.getByRole("log", { name: "Conversation" });
    this.prompt = page.getByRole("textbox", { name: "Message to the model" });
    this.stop = page.getByRole("button", { name: "Stop" });
    this.replies = page.locator(".reply");
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** Types a message and sends it with Enter. */
  async ask(text: string): Promise<void> {
    await this.prompt.fill(text);
    await this.prompt.press("Enter");
  }

  /** Waits until the reply has come to an end of that kind, and gives its text. */
  async ended(index: number, state: "done" | "stopped" | "failed" = "done"): Promise<string> {
    const reply = this.replies.nth(index);
    await this.page.waitForFunction(
      ([at, wanted]) => {
        const found = document.querySelectorAll<HTMLElement>(".reply")[at]?.dataset["state"];
        return found === wanted || (found === "failed" && wanted !== found);
      },
      [index, state] as const,
    );
    if ((await reply.getAttribute("data-state")) !== state) throw new Error(`reply ${index} failed: ${await reply.innerText()}`);
    return (await reply.locator(".text").textContent()) ?? "";
  }

  /** Waits until the reply shows that many characters of text, or any at all. */
  async shown(index: number, length = 1): Promise<void> {
    await this.page.waitForFunction(([at, least]) => (document.querySelectorAll(".reply .text")[at]?.textContent?.length ?? 0) >= least, [index, length] as const);
  }

  /** Notes the length of the first reply each time that it changes. */
  async countGrowth(): Promise<() => Promise<number[]>> {
    await this.page.evaluate(() => {
      const lengths: number[] = [];
      Object.assign(globalThis, { lengths });
      new MutationObserver(() => {
        const length = document.querySelector(".reply .text")?.textContent?.length ?? 0;
        if (length > (lengths.at(-1) ?? 0)) lengths.push(length);
      }).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
    return () => this.page.evaluate(() => (globalThis as unknown as { lengths: number[] }).lengths);
  }
}

/** A stage served with the page, and pages opened on it. */
export interface ServedPage extends AsyncDisposable {
  readonly url: string;
  /** Opens the page in a browser context of its own; an uncaught error in it is an entry in `errors`. */
  open(options?: BrowserContextOptions): Promise<ChatPage>;
  readonly errors: readonly string[];
}

/** Serves the stage with the bundled page on a free port. */
export async function servePage(browser: Browser, pageDirectory: string, chat: OutputStream<ChatRequest, Part>, model = "scripted"): Promise<ServedPage> {
  const server = await listen(await createHandler({ chat, statistics: () => ({ model }), pageDirectory }), { port: 0 });
  const contexts: { close(): Promise<void> }[] = [];
  const errors: string[] = [];
  return {
    url: server.url,
    errors,
    async open(options) {
      const context = await browser.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) errors.push(message.text());
      });
      await page.goto(server.url);
      return new ChatPage(page);
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close();
      await server.close({ grace: 0 });
    },
  };
}
