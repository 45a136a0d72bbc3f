/** The engines of the programs: the real ones where their keys are set, and where not the same engines over fakes in this process. */
import { anthropic } from "@iftk/anthropic";
import { azure } from "@iftk/azure";
import type { Engine } from "@iftk/inference";
import { wrapEngine } from "@iftk/inference/resilience";
import { llama, openLlama } from "@iftk/llama";
import { openai } from "@iftk/openai";
import { runway } from "@iftk/runway";
import { tinyModelPath } from "@iftk/tiny-model";
import type { ProviderName } from "./fakes.js";

/** Environment variables by their names. */
export type Environment = Readonly<Partial<Record<string, string>>>;

interface Provider {
  /** What has to be set for the real one. */
  readonly variables: readonly string[];
  readonly real: () => Engine;
  /** The same engine over a fake at the address. */
  readonly fake: (url: string) => Engine;
}

/** The key that the fakes take. */
const apiKey = "no-key";

const providers: Readonly<Record<ProviderName, Provider>> = {
  openai: { variables: ["OPENAI_API_KEY"], real: () => openai(), fake: (url) => openai({ apiKey, baseUrl: `${url}/v1` }) },
  anthropic: { variables: ["ANTHROPIC_API_KEY"], real: () => anthropic(), fake: (url) => anthropic({ apiKey, baseUrl: url }) },
  azure: { variables: ["AZURE_VISION_KEY", "AZURE_VISION_ENDPOINT"], real: () => azure(), fake: (url) => azure({ apiKey, endpoint: url }) },
  runway: { variables: ["RUNWAYML_API_SECRET"], real: () => runway(), fake: (url) => runway({ apiKey, baseUrl: url, pollInterval: 200 }) },
};
const names = Object.keys(providers) as ProviderName[];

/** Engines that are open. */
export interface OpenProviders extends AsyncDisposable {
  readonly engines: readonly Engine[];
  /** Whether the provider itself answers, rather than a fake. */
  readonly isReal: (provider: string) => boolean;
}

/** Opens an engine of each provider, and one of the embedded model. `note` is told of each fake that a program turns to, once. */
export async function openProviders(environment: Environment, note: (line: string) => void): Promise<OpenProviders> {
  const missing = new Map<string, readonly string[]>(names.map((name) => [name, providers[name].variables.filter((variable) => !environment[variable])]));
  const isReal = (provider: string): boolean => !missing.get(provider)?.length;
  const { openFakes } = await import("./fakes.js");
  const fakes = await openFakes(names.filter((name) => !isReal(name)), apiKey);
  const told = new Set<string>();

  const engines = names.map((name) => {
    const url = fakes.urlOf(name);
    if (url === undefined) return providers[name].real();
    return wrapEngine(providers[name].fake(url), ({ stage }) => {
      if (!told.has(name)) note(`NOT REAL: a fake ${name} in this process answers, the same whatever it is asked. Set ${missing.get(name)?.join(" and ")} for the real one.`);
      told.add(name);
      return stage;
    });
  });

  let tiny: ReturnType<typeof openLlama> | undefined;
  const embedded = llama({ models: { tiny: () => (tiny = openLlama({ modelPath: tinyModelPath })) } });

  return {
    engines: [...engines, embedded],
    isReal,
    async [Symbol.asyncDispose]() {
      const closed = tiny?.then((backend) => backend.close(), () => {}); // who asked was told why it did not open
      await Promise.all([fakes[Symbol.asyncDispose](), closed]);
    },
  };
}
