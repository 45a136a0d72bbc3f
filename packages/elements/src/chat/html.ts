/** Conversations in HTML. */
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { viewConversation, viewProperties, type ConversationWriter, type Speaker } from "./conversation-view.js";
import { codeBlock, escapeHtml, MarkdownToHtml } from "./markdown-to-html.js";

/** A conversation as HTML in which nothing that was said is markup. */
export const html = element({
  kind: "transform",
  name: "html",
  description:
    "Shows texts, messages, requests and the parts of replies as HTML, each block as soon as it is whole: a heading for who speaks, then what is said, read as Markdown. HTML in it is escaped, a block of it becomes a code block, images become links, and headings stand below those of the turns.",
  properties: z.strictObject({
    ...viewProperties,
    maximum: z.int().min(1000).max(2 ** 24).default(100_000).describe("Longest block, such as a list or a program, in UTF-16 code units; a longer one is an error."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.text },
  create: ({ maximum, ...options }) => viewConversation("html", options, () => new HtmlWriter(options.headingLevel, maximum)),
});

class HtmlWriter implements ConversationWriter {
  readonly #level: number;
  readonly #text: MarkdownToHtml;

  constructor(level: number, maximum: number) {
    this.#level = level;
    this.#text = new MarkdownToHtml(level, maximum);
  }

  heading({ role, name }: Speaker): string {
    return `<h${this.#level} role="${role}">${escapeHtml(name)}</h${this.#level}>\n`;
  }

  text(piece: string): string {
    return this.#text.add(piece);
  }

  endText(): string {
    return this.#text.end();
  }

  code(code: string, language: string): string {
    return codeBlock(code, language);
  }

  end(): string {
    return "";
  }
}
