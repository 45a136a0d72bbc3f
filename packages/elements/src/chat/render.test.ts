import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { run } from "../fixtures/pieces.js";
import { html, markdown } from "../index.js";

const request = {
  messages: [
    { role: "system", content: "Be <brief>." },
    { role: "user", content: "Hi" },
    { role: "assistant", content: [{ type: "text", text: "Wait." }, { type: "tool-call", id: "1", name: "look", arguments: { at: "```" } }] },
    { role: "tool", toolCallId: "1", name: "look_up", content: "<b>" },
    { role: "assistant", content: [{ type: "reasoning", text: "hm" }, { type: "text", text: "Done" }] },
  ],
};

describe("html", () => {
  test.each([
    ["plain text", "Hello, world!", "<p>Hello, world!</p>"],
    ["a script", "a <script>alert('x')</script>", "<p>a &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</p>"],
    ["a block of HTML", '<div onclick="x">\n& so on', '<pre><code class="language-html">&lt;div onclick=&quot;x&quot;&gt;\n&amp; so on</code></pre>'],
    ["a comment", "<!-- a -->", '<pre><code class="language-html">&lt;!-- a --&gt;</code></pre>'],
    ["paragraphs and lines", "a\nb\r\n\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"],
    ["code", "see\n```js\n</code><b>\n\n`x`\n```\nend", '<p>see</p>\n<pre><code class="language-js">&lt;/code&gt;&lt;b&gt;\n\n`x`</code></pre>\n<p>end</p>'],
    ["code that is not closed", '~~~"><x>\na', '<pre><code class="language-&quot;&gt;&lt;x&gt;">a</code></pre>'],
    ["an entity", "&lt;", "<p>&amp;lt;</p>"],
  ])("shows %s", async (_, text, expected) => {
    expect(await run(html(), text)).toEqual([`<h3 role="assistant">Assistant</h3>\n${expected}\n`]);
  });

  test("names who speaks, and shows what tools and the system say only when it is told to", async () => {
    expect((await run(html(), request)).join("")).toBe('<h3 role="user">User</h3>\n<p>Hi</p>\n<h3 role="assistant">Assistant</h3>\n<p>Wait.</p>\n<h3 role="assistant">Assistant</h3>\n<p>Done</p>\n');
    expect((await run(html({ system: true, tools: true, headingLevel: 2 }), request)).join("")).toBe(
      '<h2 role="system">System</h2>\n<p>Be &lt;brief&gt;.</p>\n<h2 role="user">User</h2>\n<p>Hi</p>\n<h2 role="assistant">Assistant</h2>\n<p>Wait.</p>\n' +
        '<pre><code class="language-json">{\n  &quot;name&quot;: &quot;look&quot;,\n  &quot;arguments&quot;: {\n    &quot;at&quot;: &quot;```&quot;\n  }\n}</code></pre>\n' +
        '<h2 role="tool">Tool look_up</h2>\n<pre><code>&lt;b&gt;</code></pre>\n<h2 role="assistant">Assistant</h2>\n<p>Done</p>\n',
    );
  });

  test("has no markup but its own, whatever is said", async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "`", "```", "~~~", "\n", "script", " ", "/", "!--", "a") }), async (content) => {
      const [shown = ""] = await run(html(), { role: "user", content });
      expect(shown.replace(/<h3 role="user">User<\/h3>|<\/?p>|<br>|<pre><code(?: class="[^"<>]*")?>|<\/code><\/pre>/gu, "")).not.toMatch(/[<>"']/u);
    }));
  });
});

describe("markdown", () => {
  test("shows what is said as it is", async () => {
    expect(await run(markdown({ role: "user" }), "*Hi* <b>\n")).toEqual(["### User\n\n*Hi* <b>\n\n"]);
  });

  test("fences calls and results so that nothing in them ends the fence", async () => {
    expect((await run(markdown({ tools: true, headingLevel: 1 }), request)).join("")).toBe(
      '# User\n\nHi\n\n# Assistant\n\nWait.\n\n````json\n{\n  "name": "look",\n  "arguments": {\n    "at": "```"\n  }\n}\n````\n\n# Tool look\\_up\n\n```\n<b>\n```\n\n# Assistant\n\nDone\n\n',
    );
  });

  test("refuses what holds no turns", async () => {
    await expect(run(markdown(), { role: "robot" })).rejects.toThrow("role");
    await expect(run(markdown(), 5)).rejects.toThrow("message");
  });
});
