/** What Azure sends, as its services write it. */
import type { FakeReply } from "./fake-reply.js";

const box = (x: number, y: number, w: number, h: number): object => ({ x, y, w, h });
const polygon = (x: number, y: number, w: number, h: number): object => [{ x, y }, { x: x + w, y }, { x: x + w, y: y + h }, { x, y: y + h }];
const line = (text: string, y: number): object => ({ text, boundingPolygon: polygon(40, y, 200, 30), words: text.split(" ").map((word, index) => ({ text: word, boundingPolygon: polygon(40 + index * 90, y, 80, 30), confidence: 0.984 })) });

/** The blocks of a reply of Image Analysis, by the feature that asks for them. */
const blocks: Readonly<Record<string, readonly [name: string, block: object]>> = {
  caption: ["captionResult", { text: "a man taking a selfie in front of a café", confidence: 0.7767877 }],
  denseCaptions: [
    "denseCaptionsResult",
    {
      values: [
        { text: "a man taking a selfie in front of a café", confidence: 0.7767877, boundingBox: box(0, 0, 800, 600) },
        { text: "a cup of coffee on a table", confidence: 0.7118, boundingBox: box(420, 380, 120, 110) },
      ],
    },
  ],
  tags: ["tagsResult", { values: [{ name: "human face", confidence: 0.9973 }, { name: "person", confidence: 0.9921 }, { name: "cup", confidence: 0.9544 }] }],
  objects: [
    "objectsResult",
    {
      values: [
        { boundingBox: box(120, 60, 340, 540), tags: [{ name: "person", confidence: 0.913 }] },
        { boundingBox: box(430, 390, 90, 95), tags: [{ name: "cup", confidence: 0.689 }] },
        { boundingBox: box(600, 400, 80, 90), tags: [{ name: "cup", confidence: 0.581 }] },
      ],
    },
  ],
  people: ["peopleResult", { values: [{ boundingBox: box(118, 55, 345, 545), confidence: 0.9466 }, { boundingBox: box(700, 0, 20, 60), confidence: 0.0023 }] }],
  read: ["readResult", { blocks: [{ lines: [line("CAFÉ CENTRAL", 20), line("EXIT", 70)] }] }],
  smartCrops: ["smartCropsResult", { values: [{ aspectRatio: 1, boundingBox: box(100, 0, 600, 600) }] }],
};

const analysis = (features: readonly string[], version = "2023-10-01"): object => ({
  modelVersion: version,
  ...Object.fromEntries(features.flatMap((name) => (blocks[name] ? [blocks[name]] : []))),
  metadata: { width: 800, height: 600 },
});

const words = (...texts: readonly string[]): object[] => texts.map((text, index) => ({ boundingBox: `${40 + index * 90},20,80,30`, text }));
const ocr = {
  language: "fr",
  textAngle: 0,
  orientation: "Up",
  regions: [{ boundingBox: "40,20,200,80", lines: [{ boundingBox: "40,20,200,30", words: words("CAFÉ", "CENTRAL") }, { boundingBox: "40,70,80,30", words: words("EXIT") }] }],
  modelVersion: "2021-04-01",
};

const safe = { filtered: false, severity: "safe" };
const filterResults = { hate: safe, self_harm: safe, sexual: safe, violence: safe };

/** The first chunk of a stream, without choices. */
const promptResults = { choices: [], created: 0, id: "", model: "", object: "", prompt_filter_results: [{ prompt_index: 0, content_filter_results: { ...filterResults, jailbreak: { filtered: false, detected: false } } }] };

const filteredPrompt: FakeReply = {
  status: 400,
  body: {
    error: {
      message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
      type: null,
      param: "prompt",
      code: "content_filter",
      status: 400,
      innererror: { code: "ResponsibleAIPolicyViolation", content_filter_result: { ...filterResults, violence: { filtered: true, severity: "high" } } },
    },
  },
};

/** The replies of `fakeAzure` and `fakeAzureOpenai`. */
export const azureReplies = { analysis, ocr, filterResults, promptResults, filteredPrompt };
