/** The formats of the common families. */
import { channelMarkers, ChannelReader } from "./channel-reader.js";
import { defineFormat } from "./define-format.js";
import type { Format, PastCall, ThinkingTags } from "./format.js";

const think: ThinkingTags = { open: "<think>", close: "</think>" };
const bracketThink: ThinkingTags = { open: "[THINK]", close: "[/THINK]" };

/** JSON with a space after commas and colons, as the templates of these families write it and their models have learnt it. */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}: ${json(member)}`).join(", ")}}`;
}

const object = ({ name, arguments: given }: PastCall): string => json({ name, arguments: given });
const toolName = /^[\w.-]{1,128}$/u;

/** The name, if it can be one. */
function nameIn(name: string): string | undefined {
  return toolName.test(name) ? name : undefined;
}

/** Hermes, Qwen and many others: calls as JSON between `<tool_call>` and `</tool_call>`. */
export const hermes: Format = defineFormat({
  name: "hermes",
  thinking: [think],
  calls: [{ open: "<tool_call>", close: ["</tool_call>"], forms: ["object", "list"] }],
  writeCalls: (calls) => calls.map((call) => `<tool_call>\n${object(call)}\n</tool_call>`).join("\n"),
  writeAnswer: (_name, value) => `<tool_response>\n${value}\n</tool_response>`,
});

/** Llama 3.1 and later: a reply that is a call's JSON, calls after `<|python_tag|>`, and `<function=name>{...}</function>`. */
export const llama3: Format = defineFormat({
  name: "llama3",
  thinking: [think],
  calls: [
    { forms: ["object"], separator: ";", keys: { name: ["name"], arguments: ["parameters", "arguments"] } },
    { open: "<|python_tag|>", forms: ["object"], separator: ";", keys: { name: ["name"], arguments: ["parameters", "arguments"] } },
    { open: "<function=", close: ["</function>"], forms: [], nameOf: (header) => (header.endsWith(">") ? nameIn(header.slice(0, -1)) : undefined) },
  ],
  writeCalls: (calls) => calls.map(({ name, arguments: given }) => json({ name, parameters: given })).join("; "),
  writeAnswer: (_name, value) => value,
});

/** Mistral: `[TOOL_CALLS]` before a list of calls, or before `name[ARGS]{...}`; Magistral's `[THINK]`. */
export const mistral: Format = defineFormat({
  name: "mistral",
  thinking: [bracketThink, think],
  calls: [
    {
      open: "[TOOL_CALLS]",
      forms: ["list", "object"],
      nameOf: (header) => nameIn(header.replace(/\s*(?:\[CALL_ID\]\s*\w*\s*)?(?:\[ARGS\])?$/u, "")),
    },
  ],
  writeCalls: (calls) => `[TOOL_CALLS][${calls.map(object).join(", ")}]`,
  writeAnswer: (_name, value) => `[TOOL_RESULTS]${json({ content: value })}[/TOOL_RESULTS]`,
});

/** DeepSeek R1 and V3: thinking that the prompt opens, and calls between marks of their own. */
export const deepseek: Format = defineFormat({
  name: "deepseek",
  thinking: [think],
  isThinkingFirst: true,
  calls: [
    {
      open: "<｜tool▁call▁begin｜>",
      close: ["<｜tool▁call▁end｜>"],
      forms: [],
      nameOf: (header) => nameIn(header.replace(/^function<｜tool▁sep｜>/u, "").replace(/(?:<｜tool▁sep｜>|\s*```(?:json)?)\s*$/u, "").trim()),
    },
  ],
  wrappers: ["<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"],
  writeCalls: (calls) =>
    `<｜tool▁calls▁begin｜>${calls.map(({ name, arguments: given }) => `<｜tool▁call▁begin｜>function<｜tool▁sep｜>${name}\n\`\`\`json\n${json(given)}\n\`\`\`<｜tool▁call▁end｜>`).join("\n")}<｜tool▁calls▁end｜>`,
  writeAnswer: (_name, value) => `<｜tool▁output▁begin｜>${value}<｜tool▁output▁end｜>`,
});

/** gpt-oss: messages on channels. */
export const harmony: Format = defineFormat({
  name: "harmony",
  markers: channelMarkers,
  read: (sink, options) => new ChannelReader(sink, options),
  writeCalls: (calls) => calls.map(({ name, arguments: given }) => `<|channel|>commentary to=functions.${name} <|constrain|>json<|message|>${json(given)}<|call|>`).join("<|start|>assistant"),
  writeAnswer: (_name, value) => value,
});

/** Models without tools: text and `<think>`. */
export const generic: Format = defineFormat({ name: "generic", thinking: [think] });

const signs: readonly (readonly [string, Format])[] = [
  ["<|channel|>", harmony],
  ["<｜tool▁calls▁begin｜>", deepseek],
  ["<｜Assistant｜>", deepseek],
  ["[TOOL_CALLS]", mistral],
  ["[THINK]", mistral],
  ["<tool_call>", hermes],
  ["<|python_tag|>", llama3],
  ["<|start_header_id|>", llama3],
];

/** The format that the model of a chat template writes: the first that the template has a mark of, `generic` for one without any. */
export function formatOf(chatTemplate: string | undefined): Format {
  return signs.find(([sign]) => chatTemplate?.includes(sign))?.[1] ?? generic;
}
