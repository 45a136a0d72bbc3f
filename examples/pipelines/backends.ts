/** One pipeline over three backends: only the property `model` differs. The providers are fakes in this process that answer in true bytes. */
import { anthropic } from "@iftk/anthropic";
import { collect, type OutputStream } from "@iftk/core";
import { build, parseLaunch, type PipelineDescription } from "@iftk/graph";
import type { ChatRequest } from "@iftk/inference";
import { openai } from "@iftk/openai";
import { fakeAnthropic, fakeOpenai } from "@iftk/testing/providers";
import { openElements, runProgram } from "./run-program.js";

/** The pipeline, which names no model. */
export const pipeline = parseLaunch("chat name=model temperature=0 ! text ! sentences");

/** The models that it is run on. */
export const models = ["tiny", "openai/gpt-6-sol", "anthropic/claude-haiku-5-5"] as const;

/** The pipeline with another model. */
export function over(model: string): PipelineDescription {
  return { ...pipeline, elements: pipeline.elements.map((use) => ("element" in use && use.name === "model" ? { ...use, properties: { ...use.properties, model } } : use)) };
}

/** What each model answers, sentence by sentence. */
export async function askEach(question: string, signal?: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
  const apiKey = "no-key";
  await using openaiServer = await fakeOpenai({ key: apiKey, reply: { text: "I am a fake. ChatGPT would say more." } });
  await using anthropicServer = await fakeAnthropic({ key: apiKey, reply: () => ({ content: [{ type: "text", text: "I am a fake too. So is my cheer." }] }) });
  await using elements = openElements({
    engines: [openai({ apiKey, baseUrl: `${openaiServer.url}/v1` }), anthropic({ apiKey, baseUrl: anthropicServer.url })],
  });
  const request: ChatRequest = { messages: [{ role: "user", content: question }], maxTokens: 100 };
  const answers = models.map(async (model) => {
    const ask = build(over(model), elements.registry).stage as OutputStream<ChatRequest, string>;
    return [model, await collect(ask(request, signal && { signal }))] as const;
  });
  return new Map(await Promise.all(answers));
}

await runProgram(import.meta.url, async ({ args: [question = "Who are you?"], signal, print }) => {
  for (const [model, sentences] of await askEach(question, signal)) print(`${model}: ${sentences.map((sentence) => sentence.trim()).join(" | ")}\n`);
});
