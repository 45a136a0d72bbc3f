/** Fakes of the providers: servers in this process that take what the real ones take, answer in their bytes, and always say the same. */
import { readFile } from "node:fs/promises";
import { fakeAnthropic, fakeAzure, fakeOpenai, fakeRunway, type FakeProvider } from "@iftk/testing/providers";
import { picturePath } from "./picture-path.js";
import { soundOf } from "./sound.js";

/** What they say to those who ask for a text. */
const story = "Once upon a time a fox found a lantern in the snow. It was still warm, and somebody had scratched a name into it.";

/** What is spoken, and heard. */
const speech = "The fox came home before the snow did.";

/** What they give to those who ask for an object with these members. */
const objects = [
  { title: "The Lantern", hero: { name: "Ada", kind: "fox" }, places: ["the frozen river", "the lighthouse"], mood: "hopeful" },
  {
    description: "A man takes a picture of himself in a café, while two cups of coffee wait on the table beside him.",
    people: ["a smiling man in a blue pullover"],
    objects: ["phone", "two cups of coffee", "table", "window"],
    textFragments: ["CAFÉ CENTRAL", "EXIT"],
    atmosphere: "cheerful",
    setting: "a café by day",
  },
] as const;

interface ObjectSchema {
  readonly properties?: object;
}

/** The object that the schema describes, or else the story. */
function wordsFor(schema: ObjectSchema | undefined): string {
  const members = Object.keys(schema?.properties ?? {}).join();
  const object = objects.find((one) => Object.keys(one).join() === members);
  return object ? JSON.stringify(object) : story;
}

/** As a model's tokens cut it. */
const inPieces = (words: string): string[] => words.match(/.{1,8}/gsu) ?? [];

interface OpenaiBody {
  readonly response_format?: { readonly json_schema?: { readonly schema?: ObjectSchema } };
}

const fakes = {
  openai: async (key: string) =>
    fakeOpenai({
      key,
      reply: ({ response_format: format }: OpenaiBody) => ({ text: inPieces(wordsFor(format?.json_schema?.schema)) }),
      media: { image: await readFile(picturePath("fox.png")), speech: soundOf(speech), transcript: [{ text: speech, start: 0, end: 2.5 }] },
    }),
  anthropic: (key: string) => fakeAnthropic({ key, reply: ({ output_config: output }) => ({ content: [{ type: "text", text: wordsFor(output?.format?.schema) }] }) }),
  azure: (key: string) => fakeAzure({ key }),
  runway: (key: string) => fakeRunway({ key }),
} satisfies Readonly<Record<string, (key: string) => Promise<FakeProvider>>>;

/** A provider of which there is a fake. */
export type ProviderName = keyof typeof fakes;

/** Fakes that are open. */
export interface OpenFakes extends AsyncDisposable {
  /** The address of a provider's fake, where it was opened. */
  readonly urlOf: (name: ProviderName) => string | undefined;
}

/** Starts the fakes of these providers; they take this key alone. */
export async function openFakes(names: readonly ProviderName[], key: string): Promise<OpenFakes> {
  const open = new Map(await Promise.all(names.map(async (name) => [name, await fakes[name](key)] as const)));
  return {
    urlOf: (name) => open.get(name)?.url,
    async [Symbol.asyncDispose]() {
      await Promise.all([...open.values()].map((fake) => fake.close()));
    },
  };
}
