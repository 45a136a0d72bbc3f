/** Values that hold turns of a conversation. */
import { contentOf, message, parseRequest, type Message, type Role } from "@iftk/inference";
import { z } from "zod";

/** Properties of what shows conversations. */
export const renderProperties = {
  role: z.enum(["user", "assistant"]).default("assistant").describe("Whose turn a text is that comes by itself."),
  system: z.boolean().default(false).describe("Whether what the system says is shown."),
  tools: z.boolean().default(false).describe("Whether calls of tools and their results are shown."),
  headingLevel: z.int().min(1).max(6).default(3).describe("Level of the headings that name who speaks."),
};

export type RenderOptions = z.output<z.ZodObject<typeof renderProperties>>;

/** Something that a turn says: a text, or code in a language. */
export type Block = { readonly type: "text"; readonly text: string } | { readonly type: "code"; readonly language: string; readonly text: string };

/** A turn to show. */
export interface Turn {
  readonly role: Role;
  readonly name: string;
  readonly blocks: readonly Block[];
}

const names: Readonly<Record<Role, string>> = { system: "System", user: "User", assistant: "Assistant", tool: "Tool" };
const messages = z.object({ messages: z.array(message) });

/** The turns that a value holds, be it a text, a message or an object with messages, as far as they are to be shown. */
export function turnsOf(value: unknown, { role, system, tools }: RenderOptions): readonly Turn[] {
  const isSeveral = typeof value === "object" && value !== null && Object.hasOwn(value, "messages");
  const found: readonly Message[] = typeof value === "string" ? [{ role, content: value }] : isSeveral ? parseRequest(messages, value, "conversation").messages : [parseRequest(message, value, "message")];
  return found.flatMap((message) => {
    if ((message.role === "system" && !system) || (message.role === "tool" && !tools)) return [];
    const blocks = blocksOf(message, tools);
    return blocks.length === 0 && message.content !== "" ? [] : [{ role: message.role, name: nameOf(message), blocks }];
  });
}

const nameOf = (message: Message): string => (message.role === "tool" && message.name !== undefined ? `${names.tool} ${message.name}` : names[message.role]);

function blocksOf(message: Message, tools: boolean): readonly Block[] {
  return contentOf(message).flatMap((content): Block[] => {
    switch (content.type) {
      case "text":
        return [message.role === "tool" ? { type: "code", language: "", text: content.text } : { type: "text", text: content.text }];
      case "tool-call":
        return tools ? [{ type: "code", language: "json", text: JSON.stringify({ name: content.name, arguments: content.arguments }, undefined, 2) }] : [];
      case "reasoning":
        return [];
      case "image":
      case "audio":
      case "file":
        return [{ type: "text", text: `[${content.type}]` }];
    }
  });
}
