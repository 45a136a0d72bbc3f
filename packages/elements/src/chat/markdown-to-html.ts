/** Markdown as HTML, block by block as it comes. */
import { StageError } from "@iftk/core";
import markdownIt, { type MarkdownIt, type Token } from "markdown-it";

const entities: ReadonlyMap<string, string> = new Map([["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"], ['"', "&quot;"], ["'", "&#39;"]]);

/** The text as HTML shows it, between tags and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (mark) => entities.get(mark) as string);
}

/** A block of code. */
export function codeBlock(code: string, language: string): string {
  return `<pre><code${language === "" ? "" : ` class="language-${escapeHtml(language)}"`}>${escapeHtml(code)}</code></pre>\n`;
}

const parser = createParser();

/** CommonMark with tables. A link may not be said after the text that refers to it: what was given is final. */
function createParser(): MarkdownIt {
  const parser = new markdownIt({ html: true, breaks: true }).disable("reference");
  // HTML is found, so that a block of it can be told from text, and then escaped. What a page would fetch by itself becomes a link.
  Object.assign(parser.renderer.rules, {
    html_block: (tokens: readonly Token[], index: number) => codeBlock((tokens[index] as Token).content, "html"),
    html_inline: (tokens: readonly Token[], index: number) => escapeHtml((tokens[index] as Token).content),
    image(tokens: readonly Token[], index: number) {
      const { attrs, content } = tokens[index] as Token;
      const source = String(attrs?.find(([name]) => name === "src")?.[1] ?? "");
      return `<a href="${escapeHtml(source)}">${escapeHtml(content || source)}</a>`;
    },
  });
  return parser;
}

/** A growing text, of whose HTML each block is given once the next one has begun. The whole does not depend on how the text was cut. */
export class MarkdownToHtml {
  readonly #headingLevel: number;
  readonly #maximum: number;
  #open = "";
  /** Whether a carriage return ended what came last, which is one line end with a line feed after it. */
  #isAfterReturn = false;
  /** Characters from which on blocks are looked for again: a little more each time, so that a long block costs no more than in proportion. */
  #next = 0;

  /** Headings of the text stand below this level. */
  constructor(headingLevel: number, maximum: number) {
    this.#headingLevel = headingLevel;
    this.#maximum = maximum;
  }

  /** @throws StageError `resource_exhausted`, reason `too-large`, for a block that is too long. */
  add(piece: string): string {
    const text = (this.#isAfterReturn && piece.startsWith("\n") ? piece.slice(1) : piece).replace(/\r\n?/gu, "\n");
    if (piece !== "") this.#isAfterReturn = piece.endsWith("\r");
    this.#open += text;
    if (!text.includes("\n") || this.#open.length < this.#next) return this.#bounded("");
    const lines = this.#open.slice(0, this.#open.lastIndexOf("\n") + 1);
    const starts = startsOf(lines);
    const last = starts.at(-1) as number;
    const given = this.#render(lines, starts);
    this.#open = this.#open.slice(last);
    this.#next = this.#open.length + this.#open.length / 16;
    return this.#bounded(given);
  }

  end(): string {
    const open = this.#open;
    this.#open = "";
    this.#next = 0;
    this.#isAfterReturn = false;
    return this.#render(open, [...startsOf(open), open.length]);
  }

  /** The blocks between the places, each by itself. */
  #render(text: string, places: readonly number[]): string {
    return places.slice(1).map((end, index) => this.#renderBlock(text.slice(places[index], end))).join("");
  }

  #renderBlock(block: string): string {
    const tokens = parser.parse(block, {});
    for (const token of tokens) if (token.type.startsWith("heading_")) token.tag = `h${Math.min(6, this.#headingLevel + Number(token.tag.slice(1)))}`;
    return parser.renderer.render(tokens, parser.options, {});
  }

  #bounded(given: string): string {
    if (this.#open.length <= this.#maximum) return given;
    throw new StageError("resource_exhausted", `html: a block is longer than ${this.#maximum} characters; raise maximum if that is meant to be`, { reason: "too-large" });
  }
}

/** Where the outermost blocks of a text begin: the first at 0. */
function startsOf(text: string): readonly number[] {
  const tokens: Token[] = [];
  parser.block.parse(text, parser, {}, tokens);
  const lines = new Set(tokens.flatMap(({ level, nesting, map }) => (level === 0 && nesting >= 0 && map ? [map[0]] : [])));
  lines.delete(0);
  const starts = [0];
  for (let line = 1, at = text.indexOf("\n") + 1; at > 0; line++, at = text.indexOf("\n", at) + 1) if (lines.has(line)) starts.push(at);
  return starts;
}
