/** Every capability at every provider that has it, by the names of models, over the providers' fakes. */
import { inspect } from "node:util";
import { collect, from, StageError, type Stream } from "@iftk/core";
import { mediaReply, text, type Media, type MediaPart, type Part, type TranscriptPart } from "@iftk/inference";
import { usageLedger } from "@iftk/inference/resilience";
import { modelRouter, type ModelChoice, type ModelRouter } from "@iftk/inference/router";
import { objectReply, type ObjectPart } from "@iftk/inference/structured";
import { faults } from "@iftk/testing/providers";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { fakeProviders, farProviders, seen, variables, written, type FarProvider } from "./fixtures/faked-providers.js";
import { greyPng, silentWav } from "./fixtures/small-media.js";

const providers = await fakeProviders();
const { fakes, keys } = providers;
beforeEach(() => Object.values(fakes).forEach((fake) => fake.clear()));
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => providers[Symbol.asyncDispose]());

const ledger = usageLedger();
const router = modelRouter({ engines: providers.engines(), resilience: { ledger, retry: { backoff: { initial: 0 } } } });

const image: Media = { data: greyPng(64), mediaType: "image/png" };
const audio: Media = { data: silentWav(), mediaType: "audio/wav" };
const person = z.object({ name: z.string() });

interface AnyPart {
  readonly type: string;
}

interface Capability {
  readonly run: (router: ModelRouter, model: ModelChoice) => Stream<AnyPart>;
  /** What the parts amount to. */
  readonly view: (parts: readonly AnyPart[]) => unknown;
}

const textIn = async (parts: readonly AnyPart[]): Promise<string> => (await collect(text(from(parts as readonly (Part | TranscriptPart)[])))).join("").trim();
const mediaIn = async (parts: readonly AnyPart[]): Promise<unknown> => (await mediaReply(from(parts as readonly MediaPart[]))).media.map(({ mediaType, bytes }) => [mediaType, bytes.length > 60]);

type CapabilityName = "textToText" | "textToImage" | "imageAndTextToVideo" | "imageAnalysis" | "audioToText" | "messagesToObject";

const capabilities: Readonly<Record<CapabilityName, Capability>> = {
  textToText: { run: (on, model) => on.textToText(model)("Tell me a story."), view: textIn },
  textToImage: { run: (on, model) => on.textToImage(model)({ prompt: "A fox in the snow." }), view: mediaIn },
  imageAndTextToVideo: { run: (on, model) => on.imageAndTextToVideo(model)({ image, prompt: "The fox runs.", duration: 5 }), view: mediaIn },
  imageAnalysis: { run: (on, model) => on.imageAnalysis(model)({ image }), view: (parts) => (parts.find(({ type }) => type === "analysis") as { readonly analysis?: object } | undefined)?.analysis },
  audioToText: { run: (on, model) => on.audioToText(model)({ audio }), view: textIn },
  messagesToObject: {
    run: (on, model) => on.messagesToObject(model, person)({ messages: [{ role: "user", content: "Who found the lantern?" }] }),
    view: async (parts) => (await objectReply()(from(parts as readonly ObjectPart<unknown>[]))).object,
  },
};

const onReplicate = (name: string): ModelChoice => ({ slug: name, provider: "replicate", name });
const onHuggingface = (name: string): ModelChoice => ({ slug: name, provider: "huggingface", name });

const story = "Once upon a time — café\n🦊.";
const image1 = [["image/png", true]];
const video1 = [["video/mp4", true]];

/** What each provider's model gives. */
const matrix: readonly (readonly [capability: CapabilityName, provider: FarProvider | "llama", model: ModelChoice, gives: unknown])[] = [
  ["textToText", "openai", "openai/gpt-6-sol", written.sentence],
  ["textToText", "anthropic", "anthropic/claude-sonnet-5-5", written.sentence],
  ["textToText", "huggingface", "huggingface/meta-llama/Llama-3.3-70B-Instruct", "Once upon a time — café 🦊."],
  ["textToText", "replicate", "replicate/meta/meta-llama-3-70b-instruct", story],
  ["textToText", "llama", "llama/tiny", expect.stringMatching(/\S/u)],
  ["textToImage", "openai", "openai/gpt-image-2", image1],
  ["textToImage", "stability", "stability/core", image1],
  ["textToImage", "stability", "stability/stable-diffusion-xl-1024-v1-0", image1],
  ["textToImage", "huggingface", "huggingface/black-forest-labs/FLUX.1-schnell", image1],
  ["textToImage", "replicate", "replicate/black-forest-labs/flux-schnell", [...image1, ...image1]],
  ["imageAndTextToVideo", "runway", "runway/gen4.5", video1],
  ["imageAndTextToVideo", "replicate", onReplicate("kwaivgi/kling-v2.1"), video1],
  ["imageAnalysis", "openai", "openai/gpt-6-sol", seen],
  ["imageAnalysis", "azure", "azure/image-analysis", expect.objectContaining({ textFragments: ["CAFÉ CENTRAL", "EXIT"], tags: ["human face", "person", "cup"] })],
  ["imageAnalysis", "azure", "azure/ocr", { textFragments: ["CAFÉ CENTRAL", "EXIT"] }],
  ["imageAnalysis", "huggingface", onHuggingface("any/image-to-text"), { description: "a fox in the snow", captions: ["a fox in the snow"] }],
  ["imageAnalysis", "replicate", onReplicate("yorickvp/llava-13b"), { description: "A fox in the snow." }],
  ["audioToText", "openai", "openai/gpt-transcribe", "Hello, wörld. How are you?"],
  ["audioToText", "openai", "openai/whisper-1", "Hello, wörld. How are you?"],
  ["audioToText", "huggingface", onHuggingface("any/automatic-speech-recognition:hf-inference"), "The quick fox. It jumps."],
  ["audioToText", "replicate", onReplicate("openai/whisper"), "The quick fox. It jumps."],
  ["messagesToObject", "openai", "openai/gpt-6-sol", written.object],
  ["messagesToObject", "anthropic", "anthropic/claude-sonnet-5-5", written.object],
  ["messagesToObject", "huggingface", "huggingface/meta-llama/Llama-3.3-70B-Instruct", written.object],
];
const nameOf = (model: ModelChoice): string => (typeof model === "string" ? model : model.slug);
const rows = matrix.map(([capability, provider, model, gives]) => ({ capability, provider, model, gives, name: nameOf(model) }));
const far = rows.filter((row): row is typeof row & { readonly provider: FarProvider } => row.provider !== "llama");

const partsOf = (capability: CapabilityName, model: ModelChoice, on = router): Promise<AnyPart[]> => collect(capabilities[capability].run(on, model));
const failureOf = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return error;
  }
};

describe.each(rows)("$capability of $name", ({ capability, provider, model, gives }) => {
  test("gives what the provider says, and one finish, at the end", async () => {
    const parts = await partsOf(capability, model);
    expect(await capabilities[capability].view(parts)).toEqual(gives);
    expect(parts.flatMap(({ type }, index) => (type === "finish" ? [index] : []))).toEqual([parts.length - 1]);
    if (provider !== "llama") expect([fakes[provider].requests.length > 0, await fakes[provider].idle(), fakes[provider].openSockets]).toEqual([true, undefined, 0]);
  });
});

describe.each(far)("$capability of $name, when all is not well", ({ capability, provider, model, gives }) => {
  const attempts = (): unknown[] => ledger.entries.map(({ attempt, outcome, error, provider: of }) => [of, attempt, outcome, error?.code, error?.reason]);

  test("is asked for once more after 503, and both attempts are in the ledger", async () => {
    ledger.clear();
    fakes[provider].fault(faults.status(503));
    const parts = await partsOf(capability, model);
    expect([await capabilities[capability].view(parts), attempts()]).toEqual([gives, [[provider, 1, "error", "unavailable", "overloaded"], [provider, 2, "success", undefined, undefined]]]);
  });

  test("is asked for once when the request is refused, and no error holds the key", async () => {
    ledger.clear();
    fakes[provider].fault(faults.echoKey(401));
    const error = await failureOf(() => partsOf(capability, model));
    expect([StageError.is(error) && error.code, attempts()]).toEqual(["unauthenticated", [[provider, 1, "error", "unauthenticated", undefined]]]);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(keys[provider]);
    expect(ledger.entries.map((entry) => JSON.stringify(entry)).join()).not.toContain(keys[provider]);
  });
});

describe("the router over all providers", () => {
  test.each(farProviders.filter((provider) => provider !== "openai"))("tells where the key of %s is looked for, and sends nothing without it", async (provider) => {
    for (const variable of Object.values(variables)) vi.stubEnv(variable, "");
    const keyless = modelRouter({ engines: providers.engines({}), resilience: false });
    const row = far.find((one) => one.provider === provider);
    const error = row && (await failureOf(() => partsOf(row.capability, row.model, keyless)));
    expect([error, fakes[provider].requests]).toEqual([expect.objectContaining({ code: "unauthenticated", reason: "key", message: expect.stringContaining(`${provider}: there is no key; set the environment variable ${variables[provider]}`) }), []]);
  });

  test("lists what there is where a model, a provider or a capability is not there", () => {
    const refused = (work: () => unknown): unknown => {
      try {
        return work();
      } catch (error) {
        return StageError.is(error) ? [error.code, error.reason, error.message] : error;
      }
    };
    const few = modelRouter({ engines: providers.engines().filter(({ provider }) => provider !== "openai"), resilience: false });
    expect([refused(() => router.chat("openai/gpt-0")), refused(() => few.chat("openai/gpt-6-sol")), refused(() => router.textToImage("anthropic/claude-sonnet-5-5"))]).toEqual([
      ["not_found", "model", expect.stringMatching(/^there is no model "openai\/gpt-0"; there are: openai\/gpt-6-sol, .*, stability\/core, .*, llama\/tiny$/u)],
      ["not_found", "provider", 'model "openai/gpt-6-sol": there is no engine of provider "openai"; there are: anthropic, huggingface, azure, replicate, runway, stability, llama'],
      ["not_found", "capability", 'model "anthropic/claude-sonnet-5-5": provider "anthropic" has no textToImage; it has: chat'],
    ]);
  });

  test("has every capability that each provider is known for", () => {
    expect(router.providers()).toEqual([
      { provider: "openai", capabilities: ["chat", "textToImage", "audioToText", "textToSpeech", "embeddings"] },
      { provider: "anthropic", capabilities: ["chat"] },
      { provider: "huggingface", capabilities: ["chat", "textToImage", "imageAnalysis", "audioToText", "embeddings"] },
      { provider: "azure", capabilities: ["imageAnalysis"] },
      { provider: "replicate", capabilities: ["chat", "textToImage", "imageAndTextToVideo", "imageAnalysis", "audioToText"] },
      { provider: "runway", capabilities: ["imageAndTextToVideo"] },
      { provider: "stability", capabilities: ["textToImage"] },
      { provider: "llama", capabilities: ["chat"] },
    ]);
  });
});
