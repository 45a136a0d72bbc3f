/** Conversations in Markdown. */
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { viewConversation, viewProperties, type ConversationWriter, type Speaker } from "./conversation-view.js";

/** A conversation as Markdown, as it comes. */
export const markdown = element({
  kind: "transform",
  name: "markdown",
  description:
    "Shows texts, messages, requests and the parts of replies as Markdown, as they come: a heading for who speaks, then what is said as it is. It is no safer than what is said: html escapes.",
  properties: z.strictObject({
    ...viewProperties,
    attributes: z.boolean().optional().describe("Whether headings say the role as an attribute, as in ### User {role=\"user\"}; verbose has them do so."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.text },
  create: ({ attributes, ...options }) => viewConversation("markdown", options, () => new MarkdownWriter(options.headingLevel, attributes ?? options.preset === "verbose")),
});

class MarkdownWriter implements ConversationWriter {
  readonly #marks: string;
  readonly #hasAttributes: boolean;
  /** Blank characters after what was given: they are left out before code and at the end of a turn. */
  #blanks = "";
  /** Whether the stretch of text that is open has said something. */
  #isSaid = false;

  constructor(level: number, hasAttributes: boolean) {
    this.#marks = "#".repeat(level);
    this.#hasAttributes = hasAttributes;
  }

  heading({ role, name }: Speaker): string {
    return `${this.#marks} ${inline(name)}${this.#hasAttributes ? ` {role="${role}"}` : ""}\n`;
  }

  text(piece: string): string {
    const said = this.#isSaid ? piece : piece.trimStart();
    const body = said.trimEnd();
    if (body === "") {
      if (this.#isSaid) this.#blanks += said;
      return "";
    }
    const before = this.#isSaid ? this.#blanks : "\n";
    this.#blanks = said.slice(body.length);
    this.#isSaid = true;
    return before + body;
  }

  endText(): string {
    const isSaid = this.#isSaid;
    this.#blanks = "";
    this.#isSaid = false;
    return isSaid ? "\n" : "";
  }

  code(code: string, language: string): string {
    const longest = Math.max(2, ...(code.match(/`+/gu) ?? []).map((run) => run.length));
    const fence = "`".repeat(longest + 1);
    return `\n${fence}${language}\n${code}\n${fence}\n`;
  }

  end(): string {
    return "\n";
  }
}

/** A name without what means something in Markdown. */
const inline = (name: string): string => name.replace(/[\\`*_{}[\]<>#|!]/gu, (mark) => `\\${mark}`).replace(/\s+/gu, " ");
