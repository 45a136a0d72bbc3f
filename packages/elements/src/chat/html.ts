/** Conversations in HTML. */
import { flatMap } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { renderProperties, turnsOf, type Block } from "./messages-of.js";

/** A conversation as HTML in which nothing that was said is markup. */
export const html = element({
  kind: "transform",
  name: "html",
  description:
    "Shows texts, messages and requests as HTML: a heading for who speaks, then paragraphs and code blocks. All that is said is escaped; what looks like a block of HTML becomes a code block.",
  properties: z.strictObject(renderProperties),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.text },
  create: (properties) => flatMap(function html(value: unknown): readonly string[] {
    const heading = `h${properties.headingLevel}`;
    return turnsOf(value, properties).map(({ role, name, blocks }) => `${[`<${heading} role="${role}">${escapeHtml(name)}</${heading}>`, ...blocks.flatMap(blocksOf)].join("\n")}\n`);
  }),
});

const entities: ReadonlyMap<string, string> = new Map([["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"], ['"', "&quot;"], ["'", "&#39;"]]);

/** The text as HTML shows it, between tags and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (mark) => entities.get(mark) as string);
}

/** A fence of Markdown with the language after it. */
const fence = /^ {0,3}(?<marks>`{3,}|~{3,})[ \t]*(?<language>[^\s`]*)/u;
const beginsAsHtml = /^\s{0,3}<[a-z!/?]/iu;

function blocksOf(block: Block): readonly string[] {
  return block.type === "code" ? [code(block.text, block.language)] : [...paragraphs(block.text)];
}

function* paragraphs(text: string): Generator<string, void, undefined> {
  let open: string[] = [];
  let closing: string | undefined;
  let language = "";
  const give = function* (): Generator<string, void, undefined> {
    const lines = open;
    open = [];
    if (closing !== undefined) yield code(lines.join("\n"), language);
    else if (lines.length > 0) yield beginsAsHtml.test(lines[0] as string) ? code(lines.join("\n"), "html") : `<p>${lines.map(escapeHtml).join("<br>\n")}</p>`;
  };
  for (const line of text.split(/\r\n|\n|\r/u)) {
    const found = fence.exec(line)?.groups as { marks: string; language: string } | undefined;
    if (closing !== undefined && line.trim().startsWith(closing) && line.trim().replaceAll(closing[0] as string, "") === "") {
      yield* give();
      closing = undefined;
    } else if (closing === undefined && found) {
      yield* give();
      closing = found.marks;
      language = found.language;
    } else if (closing !== undefined || line.trim() !== "") open.push(line);
    else yield* give();
  }
  yield* give();
}

const code = (text: string, language: string): string => `<pre><code${language === "" ? "" : ` class="language-${escapeHtml(language)}"`}>${escapeHtml(text)}</code></pre>`;
