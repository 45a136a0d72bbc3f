/** Conversations as documents, shown as they come. */
import { StageError, sync, type Bidi, type SyncRun } from "@iftk/core";
import { checkFinish, contentOf, message as messageSchema, parseRequest, type Message, type Part, type Role } from "@iftk/inference";
import { z } from "zod";

const shown = z.boolean().optional();

/** Properties of what shows conversations. */
export const viewProperties = {
  role: z.enum(["user", "assistant"]).default("assistant").describe("Whose turn texts are that come by themselves."),
  by: z.enum(["all", "item"]).default("all").describe("all takes texts that follow each other as the pieces of one turn; item takes each as a turn, such as a line."),
  preset: z.enum(["default", "verbose"]).default("default").describe("default shows what users and assistants say; verbose shows all. The properties below it go before it."),
  system: shown.describe("Whether what the system says is shown."),
  toolCalls: shown.describe("Whether calls of tools are shown."),
  toolResults: shown.describe("Whether results of tools are shown."),
  headingLevel: z.int().min(1).max(6).default(3).describe("Level of the headings that name who speaks."),
};

export type ViewOptions = z.output<z.ZodObject<typeof viewProperties>>;

/** Who speaks in a turn. */
export interface Speaker {
  readonly role: Role;
  readonly name: string;
}

/** A form of writing: each of its methods gives what is final by then. */
export interface ConversationWriter {
  heading(speaker: Speaker): string;
  /** More of what is said, which may be cut anywhere. */
  text(piece: string): string;
  /** The end of a stretch of text. */
  endText(): string;
  code(code: string, language: string): string;
  /** The end of a turn whose text has ended. */
  end(): string;
}

/** The stage that shows texts, messages, objects with messages and the parts of replies; a reply that is cut off is an error. */
export function viewConversation(label: string, options: ViewOptions, write: () => ConversationWriter): Bidi<unknown, string> {
  return sync(label, () => new View(label, options, write()));
}

const names: Readonly<Record<Role, string>> = { system: "System", user: "User", assistant: "Assistant", tool: "Tool" };
const messages = z.object({ messages: z.array(messageSchema) });

class View implements SyncRun<unknown, string> {
  readonly #label: string;
  readonly #options: ViewOptions;
  readonly #shows: Readonly<Record<"system" | "toolCalls" | "toolResults", boolean>>;
  readonly #writer: ConversationWriter;
  /** What the open turn is made of. */
  #open: "texts" | "parts" | undefined;
  /** Whether parts of a reply came that has not ended yet. */
  #isReplying = false;
  #given = "";

  constructor(label: string, options: ViewOptions, writer: ConversationWriter) {
    const all = options.preset === "verbose";
    this.#label = label;
    this.#options = options;
    this.#shows = { system: options.system ?? all, toolCalls: options.toolCalls ?? all, toolResults: options.toolResults ?? all };
    this.#writer = writer;
  }

  take(value: unknown): readonly string[] {
    if (typeof value === "string") this.#takeText(value);
    else if (typeof value !== "object" || value === null) throw this.#refuse(value === null ? "null" : `a ${typeof value}`);
    else if (Object.hasOwn(value, "messages")) for (const message of parseRequest(messages, value, this.#label).messages) this.#takeMessage(message);
    else if (Object.hasOwn(value, "role")) this.#takeMessage(parseRequest(messageSchema, value, this.#label));
    else if ("type" in value && typeof value.type === "string") this.#takePart(value as Part);
    else throw this.#refuse("another object");
    return this.#give();
  }

  end(): readonly string[] {
    if (this.#isReplying) checkFinish(undefined);
    this.#endTurn();
    return this.#give();
  }

  #give(): readonly string[] {
    const given = this.#given;
    this.#given = "";
    return given === "" ? [] : [given];
  }

  #takeText(text: string): void {
    if (text === "") return;
    const { by, role } = this.#options;
    this.#turn("texts", role);
    this.#given += this.#writer.text(text);
    if (by === "item") this.#endTurn();
  }

  /** A part of the first reply; what is neither said nor a call is passed over. */
  #takePart(part: Part): void {
    if ("choice" in part && part.choice) return;
    this.#isReplying = part.type !== "finish";
    if (part.type === "text-delta" || part.type === "refusal-delta") {
      if (typeof part.text !== "string") throw this.#refuse(`a ${part.type} without text`);
      this.#turn("parts", "assistant");
      this.#given += this.#writer.text(part.text);
    } else if (part.type === "tool-call" && this.#shows.toolCalls) {
      this.#turn("parts", "assistant");
      this.#takeCode(callOf(part), "json");
    } else if (part.type === "finish") {
      this.#endTurn();
      checkFinish(part);
    }
  }

  #takeMessage(message: Message): void {
    this.#endTurn();
    const { system, toolCalls, toolResults } = this.#shows;
    if ((message.role === "system" && !system) || (message.role === "tool" && !toolResults)) return;
    const contents = contentOf(message).filter(({ type }) => type !== "reasoning" && (toolCalls || type !== "tool-call"));
    if (contents.length === 0 && message.content !== "") return;
    this.#given += this.#writer.heading({ role: message.role, name: nameOf(message) });
    for (const content of contents) {
      if (content.type === "tool-call") this.#takeCode(callOf(content), "json");
      else if (content.type === "text" && message.role === "tool") this.#takeCode(content.text, "");
      else this.#given += this.#writer.text(content.type === "text" ? content.text : `[${content.type}]`) + this.#writer.endText();
    }
    this.#given += this.#writer.end();
  }

  #takeCode(code: string, language: string): void {
    this.#given += this.#writer.endText() + this.#writer.code(code, language);
  }

  #turn(open: "texts" | "parts", role: Role): void {
    if (this.#open === open) return;
    this.#endTurn();
    this.#open = open;
    this.#given += this.#writer.heading({ role, name: names[role] });
  }

  #endTurn(): void {
    if (this.#open !== undefined) this.#given += this.#writer.endText() + this.#writer.end();
    this.#open = undefined;
  }

  #refuse(what: string): StageError {
    return new StageError("invalid_argument", `${this.#label}: expected a text, a message, an object with messages or a part of a reply; got ${what}`);
  }
}

const callOf = (call: { readonly name: string; readonly arguments: unknown }): string => JSON.stringify({ name: call.name, arguments: call.arguments }, undefined, 2);

function nameOf(message: Message): string {
  if (message.role !== "tool") return names[message.role];
  return `${names.tool}${message.name === undefined ? "" : ` ${message.name}`}${message.isError ? " (error)" : ""}`;
}
