import type { Bidi, InputStream, OutputStream, Unary } from "@iftk/core";
import { outputStream, pipe } from "@iftk/core";
import type { ImplementationOf } from "@iftk/core/task";
import { expectTypeOf, test } from "vitest";
import type { ChatRequest } from "../chat.js";
import type { Part } from "../part.js";
import { text } from "../text.js";
import {
  classifyEachSentence,
  rerankByEmbedding,
  sentenceTokenization,
  type embeddings,
  textGenerationFromChat,
  type TokenClassificationResults,
  type TokenClassificationStreamResult,
  type tokenClassification,
  tokenizationByTokenizer,
} from "./index.js";

declare const chat: OutputStream<ChatRequest, Part>;
declare const embedder: ImplementationOf<typeof embeddings>;

test("the flavours of token classification have its types", () => {
  const finder = classifyEachSentence(() => []);
  expectTypeOf(finder).toEqualTypeOf<ImplementationOf<typeof tokenClassification>>();
  expectTypeOf(finder.run).toEqualTypeOf<Unary<string, TokenClassificationResults>>();
  expectTypeOf(finder.outputStream).toEqualTypeOf<OutputStream<string, TokenClassificationStreamResult>>();
  expectTypeOf(finder.inputStream).toEqualTypeOf<InputStream<string, TokenClassificationResults>>();
  expectTypeOf(finder.bidi).toEqualTypeOf<Bidi<string, TokenClassificationStreamResult>>();
  expectTypeOf(finder.with).parameter(0).toEqualTypeOf<{ threshold?: number | undefined }>();
});

test("entities come out of a chat in one pipe", () => {
  expectTypeOf(pipe(chat, text, classifyEachSentence(() => []).bidi)).toEqualTypeOf<OutputStream<ChatRequest, TokenClassificationStreamResult>>();
});

test("implementations take what they are made for", () => {
  expectTypeOf(textGenerationFromChat(chat).with).parameter(0).toHaveProperty("decodingMethod").toEqualTypeOf<"GREEDY" | "SAMPLING" | undefined>();
  expectTypeOf(rerankByEmbedding(embedder).run).parameter(0).toEqualTypeOf<{ query: string; documents: Record<string, unknown>[] }>();
  tokenizationByTokenizer({ tokenize: (): Int32Array => new Int32Array(), tokenBytes: () => new Uint8Array() });
  // @ts-expect-error no chat engine
  textGenerationFromChat(outputStream(async function* (_text: string) {}));
  // @ts-expect-error a tokenization makes no vectors
  rerankByEmbedding(sentenceTokenization());
  // @ts-expect-error spans have a score
  classifyEachSentence(() => [{ entity: "name" }]);
});
