import { collect, intercept, outputStream, type AnyStage } from "@iftk/core";
import { feed } from "@iftk/testing";
import { expect, test } from "vitest";
import type { ChatOptions, ChatRequest, Engine, Part } from "../index.js";
import { modelRouter } from "../router/index.js";
import { resilientEngine, usageLedger, wrapEngine } from "./index.js";

/** An engine as its user may write one: a class with fields that nobody else sees. */
class Parrot implements Engine {
  readonly #said: string[] = [];
  isOpen = true;

  get provider(): string {
    return "parrot";
  }

  chat({ model }: ChatOptions) {
    return outputStream((_: ChatRequest) => {
      this.#said.push(model);
      return feed<Part>({ type: "finish", reason: { unified: "stop", raw: "end" }, usage: { inputTokens: 1, outputTokens: 1 } });
    });
  }

  said(): readonly string[] {
    return this.#said;
  }

  close(): void {
    this.isOpen = false;
  }
}

const request: ChatRequest = { messages: [{ role: "user", content: "?" }] };

test("an engine of a class keeps its methods, its getters and what is private", async () => {
  const ledger = usageLedger();
  const parrot = new Parrot();
  const engine = wrapEngine(resilientEngine(parrot, { ledger }), ({ stage }) => intercept<AnyStage>(stage, (next) => next) as typeof stage);
  await collect(engine.chat({ model: "Polly" })(request));
  engine.close();
  expect([engine instanceof Parrot, engine.provider, engine.said(), engine.isOpen, parrot.isOpen, "embeddings" in engine, ledger.entries.map(({ provider, model }) => [provider, model])]).toEqual([true, "parrot", ["Polly"], false, false, false, [["parrot", "Polly"]]]);
});

test("a router lists such an engine by its name", () => {
  expect(modelRouter({ engines: [new Parrot()] }).providers()).toEqual([{ provider: "parrot", capabilities: ["chat"] }]);
});

test("of a plain engine, which may be frozen, whatever it has is the very same", () => {
  const retrieve = Object.assign(() => "video", { mode: "unary" });
  const parrot = new Parrot();
  const plain = Object.freeze({ provider: "plain", retrieve, chat: (options: ChatOptions) => parrot.chat(options) });
  const engine = wrapEngine(plain, ({ stage }) => stage);
  expect([engine.retrieve === retrieve, engine.chat({ model: "Polly" }).mode, engine.chat === plain.chat, { ...engine }.chat === plain.chat, Object.keys(engine)]).toEqual([true, "output-stream", false, false, ["provider", "retrieve", "chat"]]);
});
