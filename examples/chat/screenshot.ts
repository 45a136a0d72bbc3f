/**
 * Makes the picture of the page for the README:
 * `node --conditions=@iftk/source --import ./packages/pages/src/source-loader.mjs examples/chat/screenshot.ts`
 */
import { join } from "node:path";
import { outputStream } from "@iftk/core";
import type { ChatRequest } from "@iftk/inference";
import { chat, openLlama } from "@iftk/llama";
import { bundlePage, launchBrowser } from "@iftk/pages/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import { pageSource, servePage } from "./chat-page.js";

/** Characters of the second reply in the picture; the model waits after them. */
const shownLength = 190;

const page = await bundlePage(pageSource);
const browser = await launchBrowser();
const backend = await openLlama({ modelPath: tinyModelPath });
const model = chat({ backend, temperature: 0 });

/** The model, held in the middle of its second reply until the page is gone. */
const held = outputStream(async function* held(request: ChatRequest, { signal }) {
  let length = 0;
  for await (const part of model(request, { signal })) {
    if (part.type === "text-delta") length += part.text.length;
    if (request.messages.length > 1 && length > shownLength) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    yield part;
  }
});

const served = await servePage(browser, page.directory, held, backend.name);
const conversation = await served.open({ viewport: { width: 1200, height: 760 }, colorScheme: "light", reducedMotion: "reduce" });
await conversation.ask("What is backpressure?");
await conversation.ended(0);
await conversation.ask("Tell me a story about a robot and a key.");
await conversation.shown(1, shownLength - 20);
await conversation.page.screenshot({ path: join(import.meta.dirname, "../../docs/chat.png") });

await served[Symbol.asyncDispose]();
await browser.close();
await backend.close();
await page[Symbol.asyncDispose]();
