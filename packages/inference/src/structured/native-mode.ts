/** Asking for an object by the provider's own means. */
import { jsonReader } from "@iftk/wire";
import { correctText, type ObjectMode, type ObjectWanted } from "./object-mode.js";

/** The answer's text is the object, to which the provider holds the model. */
export function nativeMode({ name, description, schema }: ObjectWanted): ObjectMode {
  return {
    ask: (request) => ({
      ...request,
      ...(request.tools && { toolChoice: "none" as const }),
      responseFormat: { type: "json", schema, name, ...(description !== undefined && { description }) },
    }),
    open() {
      const reader = jsonReader();
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
