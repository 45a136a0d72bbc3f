/** Asking for an object in words, of models that can do no better. */
import type { ChatRequest } from "../chat.js";
import { JsonInProse } from "./json-in-prose.js";
import { correctText, type ObjectMode, type ObjectWanted } from "./object-mode.js";

/** The model is told the schema; the object is found in what it says. */
export function promptMode({ name, description, schema }: ObjectWanted): ObjectMode {
  const instruction = `Answer with one JSON object (${[name, description].filter((text) => text !== undefined).join(": ")}) that fits the JSON Schema below, and with nothing else: no comment, no code fence.\n\n${JSON.stringify(schema)}`;
  return {
    ask: (request) => ({ ...request, ...(request.tools && { toolChoice: "none" as const }), messages: instructed(request.messages, instruction) }),
    open() {
      const reader = new JsonInProse();
      return {
        take: (part) => part.type === "text-delta" && reader.push(part.text),
        get partial() {
          return reader.value;
        },
        whole: () => reader.end(),
      };
    },
    correct: correctText,
  };
}

/** The messages with the instruction at the end of the first system message, or as one. */
function instructed([first, ...rest]: ChatRequest["messages"], instruction: string): ChatRequest["messages"] {
  if (first?.role === "system") return [{ ...first, content: `${first.content}\n\n${instruction}` }, ...rest];
  return [{ role: "system", content: instruction }, ...(first ? [first] : []), ...rest];
}
