/** Messages as the one prompt that most models take. */
import { contentOf, type Media, type Message } from "@iftk/inference";
import { unsupported } from "./client.js";

/** A conversation in the parts that models have inputs for. */
export interface Prompt {
  readonly system: string | undefined;
  /** One user message as it is; more as a transcript that ends where the model is to go on. */
  readonly prompt: string;
  readonly images: readonly Media[];
}

const names = { user: "User", assistant: "Assistant" } as const;

/** Renders messages. Throws StageError `unimplemented`, reason `option`, for content that has no place in a prompt. */
export function promptOf(messages: readonly Message[]): Prompt {
  const system: string[] = [];
  const turns: { readonly name: string; readonly text: string }[] = [];
  const images: Media[] = [];
  for (const message of messages) {
    if (message.role === "tool") throw unsupported("messages", "a model with one prompt takes no results of tools");
    let text = "";
    for (const content of contentOf(message)) {
      if (content.type === "text") text += content.text;
      else if (content.type === "image") images.push(content.image);
      else if (content.type !== "reasoning") throw unsupported(`messages: content of type ${JSON.stringify(content.type)}`, "a model with one prompt takes text and images");
    }
    if (message.role === "system") system.push(text);
    else turns.push({ name: names[message.role], text });
  }
  const [only] = turns;
  const prompt = turns.length === 1 && only?.name === names.user ? only.text : [...turns.map(({ name, text }) => `${name}: ${text}`), `${names.assistant}:`].join("\n\n");
  return { system: system.length > 0 ? system.join("\n\n") : undefined, prompt, images };
}
