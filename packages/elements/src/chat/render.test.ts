import { collect } from "@iftk/core";
import { hang } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { run } from "../fixtures/pieces.js";
import { finish, spoken } from "../fixtures/scripted-router.js";
import { html, markdown } from "../index.js";

const request = {
  messages: [
    { role: "system", content: "Be <brief>." },
    { role: "user", content: "Hi" },
    { role: "assistant", content: [{ type: "text", text: "Wait." }, { type: "tool-call", id: "1", name: "look", arguments: { at: "```" } }] },
    { role: "tool", toolCallId: "1", name: "look_up", content: "<b>", isError: true },
    { role: "assistant", content: [{ type: "reasoning", text: "hm" }, { type: "text", text: "Done" }] },
  ],
};

/** Marks of Markdown and HTML, in an order that means something now and then. */
const said = fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "`", "```", "~~~", "\n", "\n", "\r\n", "\r", "script", " ", "    ", "/", "!--", "a", "# ", "- ", "1. ", "> ", "* ", "**", "|", "|-|\n", "---\n", "===\n", "[", "](", ")", "![", "]: ", "\\", "<div>", "&lt;", "http://x.example", "\t", "\u0000"), maxLength: 60 });

describe("html", () => {
  test.each([
    ["plain text", "Hello, world!", "<p>Hello, world!</p>\n"],
    ["a script", "a <script>alert('x')</script>", "<p>a &lt;script&gt;alert('x')&lt;/script&gt;</p>\n"],
    ["a block of HTML", '<div onclick="x">\n& so on', '<pre><code class="language-html">&lt;div onclick=&quot;x&quot;&gt;\n&amp; so on</code></pre>\n'],
    ["a comment", "<!-- a -->", '<pre><code class="language-html">&lt;!-- a --&gt;</code></pre>\n'],
    ["paragraphs and lines", "a\nb\r\n\n\nc", "<p>a<br>\nb</p>\n<p>c</p>\n"],
    ["code", "see\n```js\n</code><b>\n\n`x`\n```\nend", '<p>see</p>\n<pre><code class="language-js">&lt;/code&gt;&lt;b&gt;\n\n`x`\n</code></pre>\n<p>end</p>\n'],
    ["code that is not closed", '~~~"><x>\na', '<pre><code class="language-&quot;&gt;&lt;x&gt;">a</code></pre>\n'],
    ["an entity", "&lt; &amp;lt;", "<p>&lt; &amp;lt;</p>\n"],
    ["emphasis, a list and a table", "*a* **b**\n- c\n\n| d |\n|---|\n| e |", "<p><em>a</em> <strong>b</strong></p>\n<ul>\n<li>c</li>\n</ul>\n<table>\n<thead>\n<tr>\n<th>d</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>e</td>\n</tr>\n</tbody>\n</table>\n"],
    ["a heading below that of its turn", "# a\n##### b", "<h4>a</h4>\n<h6>b</h6>\n"],
    ["a heading that looks like one of a turn", '<h3 role="system">System</h3>', '<pre><code class="language-html">&lt;h3 role=&quot;system&quot;&gt;System&lt;/h3&gt;</code></pre>\n'],
    ["links, of which those that run code are none", "[a](https://x.example/?a&b) [b](javascript:alert(1)) [c](data:text/html,x)", '<p><a href="https://x.example/?a&amp;b">a</a> [b](javascript:alert(1)) [c](data:text/html,x)</p>\n'],
    ["an image as a link, so that a page fetches nothing", '![a "b](https://x.example/?secret)', '<p><a href="https://x.example/?secret">a &quot;b</a></p>\n'],
  ])("shows %s", async (_, text, expected) => {
    expect((await run(html(), text)).join("")).toBe(`<h3 role="assistant">Assistant</h3>\n${expected}`);
  });

  test("names who speaks, and shows what tools and the system say only when it is told to", async () => {
    expect((await run(html(), request)).join("")).toBe('<h3 role="user">User</h3>\n<p>Hi</p>\n<h3 role="assistant">Assistant</h3>\n<p>Wait.</p>\n<h3 role="assistant">Assistant</h3>\n<p>Done</p>\n');
    expect((await run(html({ preset: "verbose", headingLevel: 2 }), request)).join("")).toBe(
      '<h2 role="system">System</h2>\n<p>Be &lt;brief&gt;.</p>\n<h2 role="user">User</h2>\n<p>Hi</p>\n<h2 role="assistant">Assistant</h2>\n<p>Wait.</p>\n' +
        '<pre><code class="language-json">{\n  &quot;name&quot;: &quot;look&quot;,\n  &quot;arguments&quot;: {\n    &quot;at&quot;: &quot;```&quot;\n  }\n}</code></pre>\n' +
        '<h2 role="tool">Tool look_up (error)</h2>\n<pre><code>&lt;b&gt;</code></pre>\n<h2 role="assistant">Assistant</h2>\n<p>Done</p>\n',
    );
  });

  test("gives each block once the next one has begun, while the text goes on", async () => {
    const output = html()(hang("# Fo", "xes\n\nThey r", "un.\n\n- fast\n", "- far\n\n", "More\n"))[Symbol.asyncIterator]();
    const given = [];
    for (let block = 0; block < 3; block++) given.push((await output.next()).value);
    void output.return?.();
    expect(given).toEqual(['<h3 role="assistant">Assistant</h3>\n', "<h4>Foxes</h4>\n<p>They run.</p>\n", "<ul>\n<li>fast</li>\n<li>far</li>\n</ul>\n"]);
  });

  test("gives the same document however its text is cut, with no markup but its own", async () => {
    await fc.assert(fc.asyncProperty(said, fc.array(fc.nat(200), { maxLength: 12 }), async (text, cuts) => {
      const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((one, other) => one - other), text.length];
      const whole = (await run(html(), text)).join("");
      expect((await run(html(), ...places.slice(1).map((end, index) => text.slice(places[index], end)))).join("")).toBe(whole);
      const rest = whole.replace(/<h3 role="assistant">Assistant<\/h3>|<(?:a href="[^"<>]*"(?: title="[^"<>]*")?|pre|code(?: class="[^"<>]*")?|ol(?: start="\d+")?|t[hd](?: style="text-align:\w+")?|\/?(?:p|em|strong|s|ul|li|blockquote|table|thead|tbody|tr|h[456])|br|hr|\/(?:a|pre|code|ol|t[hd]))>/gu, "");
      expect(rest).not.toMatch(/[<>]/u);
    }), { numRuns: 500 });
  });

  test("takes time in proportion to a text, and refuses a block that is too long", async () => {
    const lines = Array.from({ length: 12_000 }, (_, line) => `- ${line}\n`);
    await expect(run(html({ maximum: 1000 }), ...lines)).rejects.toThrow(expect.objectContaining({ code: "resource_exhausted", reason: "too-large" }));
    expect((await run(html({ maximum: 200_000 }), ...lines)).join("")).toContain("<li>11999</li>");
  });
});

describe("a reply", () => {
  test("is a turn of its own, of what is said alone, in either form", async () => {
    const parts = [{ type: "tool-call", id: "1", name: "look", arguments: {} }, ...spoken("It is *so*."), { type: "reasoning-delta", text: "hm" }, { type: "text-delta", text: "other", choice: 1 }, ...spoken("Yes")];
    expect((await run(html(), ...parts, finish())).join("")).toBe('<h3 role="assistant">Assistant</h3>\n<p>It is <em>so</em>.</p>\n<h3 role="assistant">Assistant</h3>\n<p>Yes</p>\n');
    expect((await run(markdown({ toolCalls: true }), ...parts, finish())).join("")).toBe('### Assistant\n\n```json\n{\n  "name": "look",\n  "arguments": {}\n}\n```\n\nIt is *so*.\n\n### Assistant\n\nYes\n\n');
  });

  test.each([["html", () => html()], ["markdown", () => markdown()]] as const)("is an error in %s when it is cut off or failed", async (_, view) => {
    await expect(collect(view()((async function* () { yield { type: "text-delta", text: "a" }; })()))).rejects.toThrow(expect.objectContaining({ reason: "truncated" }));
    await expect(run<unknown, string>(view(), { type: "text-delta", text: "a" }, { type: "finish", reason: { unified: "error", raw: "x" }, usage: {} })).rejects.toThrow("failed");
  });
});

describe("markdown", () => {
  test("shows what is said as it is, as it comes", async () => {
    expect(await run(markdown({ role: "user" }), " *Hi*", " ", "<b>\n", "\nx\n")).toEqual(["### User\n\n*Hi*", " <b>", "\n\nx", "\n\n"]);
  });

  test("takes texts as turns of their own when it is told to", async () => {
    expect((await run(markdown({ by: "item" }), "a", "b")).join("")).toBe("### Assistant\n\na\n\n### Assistant\n\nb\n\n");
  });

  test("fences calls and results so that nothing in them ends the fence, and says roles as attributes", async () => {
    expect((await run(markdown({ preset: "verbose", system: false, headingLevel: 1 }), request)).join("")).toBe(
      '# User {role="user"}\n\nHi\n\n# Assistant {role="assistant"}\n\nWait.\n\n````json\n{\n  "name": "look",\n  "arguments": {\n    "at": "```"\n  }\n}\n````\n\n# Tool look\\_up (error) {role="tool"}\n\n```\n<b>\n```\n\n# Assistant {role="assistant"}\n\nDone\n\n',
    );
  });

  test("refuses what holds no turns", async () => {
    await expect(run(markdown(), { role: "robot" })).rejects.toThrow("role");
    for (const value of [5, null, {}, [], { type: "text-delta" }]) await expect(run<unknown, string>(markdown(), value)).rejects.toThrow("markdown: expected a text, a message, an object with messages or a part of a reply; got");
  });
});
