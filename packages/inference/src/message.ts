/** The turns of a conversation. */
import { z } from "zod";
import { media } from "./media.js";

export const role = z.enum(["system", "user", "assistant", "tool"]);
export type Role = z.output<typeof role>;

export const textContent = z.strictObject({ type: z.literal("text"), text: z.string() });
export type TextContent = z.output<typeof textContent>;

export const imageContent = z.strictObject({
  type: z.literal("image"),
  image: media,
  /** How closely a model looks at it, and so what it costs. */
  detail: z.enum(["low", "high", "auto"]).optional(),
});
export type ImageContent = z.output<typeof imageContent>;

export const audioContent = z.strictObject({ type: z.literal("audio"), audio: media });
export type AudioContent = z.output<typeof audioContent>;

export const fileContent = z.strictObject({ type: z.literal("file"), file: media, name: z.string().optional() });
export type FileContent = z.output<typeof fileContent>;

/** What a model thought, as the engine gave it; `signature` and `encrypted` are the provider's and go back untouched. */
export const reasoningContent = z.strictObject({ type: z.literal("reasoning"), text: z.string(), signature: z.string().optional(), encrypted: z.string().optional() });
export type ReasoningContent = z.output<typeof reasoningContent>;

/** A call that a model asked for; `arguments` is JSON. */
export const toolCallContent = z.strictObject({ type: z.literal("tool-call"), id: z.string(), name: z.string(), arguments: z.unknown() });
export type ToolCallContent = z.output<typeof toolCallContent>;

/** What a text of a model is to the reply: said on the way, as before calls, or the answer itself. */
export const textPhase = z.enum(["commentary", "answer"]);
export type TextPhase = z.output<typeof textPhase>;

/** What a model said; `phase` as the engine told it, which goes back with it to engines that know phases and is left out for others. */
export const assistantTextContent = textContent.extend({ phase: textPhase.optional() });
export type AssistantTextContent = z.output<typeof assistantTextContent>;

const userContent = z.discriminatedUnion("type", [textContent, imageContent, audioContent, fileContent]);
const assistantContent = z.discriminatedUnion("type", [assistantTextContent, reasoningContent, toolCallContent]);
const toolContent = z.discriminatedUnion("type", [textContent, imageContent]);
export type UserContent = z.output<typeof userContent>;
export type AssistantContent = z.output<typeof assistantContent>;
export type ToolContent = z.output<typeof toolContent>;

/** Marks that all up to here is worth a place in the provider's prompt cache; it is ignored where a provider caches by itself. */
const cache = z.boolean().optional();

const systemMessage = z.object({ role: z.literal("system"), content: z.string(), cache });
const userMessage = z.object({ role: z.literal("user"), content: z.union([z.string(), z.array(userContent)]), cache });
const assistantMessage = z.object({ role: z.literal("assistant"), content: z.union([z.string(), z.array(assistantContent)]), cache });
const toolMessage = z.object({
  role: z.literal("tool"),
  content: z.union([z.string(), z.array(toolContent)]),
  /** Of the call that this is the result of; most providers insist on it. */
  toolCallId: z.string().optional(),
  /** Of the tool. */
  name: z.string().optional(),
  isError: z.boolean().optional(),
  cache,
});

export type SystemMessage = z.output<typeof systemMessage>;
export type UserMessage = z.output<typeof userMessage>;
export type AssistantMessage = z.output<typeof assistantMessage>;
export type ToolMessage = z.output<typeof toolMessage>;

/** One turn of a conversation. */
export const message = z.discriminatedUnion("role", [systemMessage, userMessage, assistantMessage, toolMessage]);
export type Message = z.output<typeof message>;
