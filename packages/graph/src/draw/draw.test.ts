import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { caps } from "../caps.js";
import type { Graph, PropertyValue } from "../description.js";
import { element } from "../define-element.js";
import { createRegistry } from "../registry.js";
import { toDot } from "./to-dot.js";
import { toMermaid } from "./to-mermaid.js";
import { toSvg } from "./to-svg.js";

const properties = z.strictObject({});
const text = { name: "in", caps: caps.text };
const out = { name: "out", caps: caps.text };
const registry = createRegistry([
  element({ kind: "source", name: "words", description: "", properties, out, create: () => () => (async function* () {})() }),
  element({ kind: "split", name: "tee", description: "", properties, in: { name: "in", caps: caps.any }, out: { name: "out", caps: caps.any, isRequested: true }, create: () => () => [] }),
  element({ kind: "sink", name: "console", description: "", properties, in: text, create: () => () => Promise.resolve() }),
]);

const forked: Graph = {
  elements: [
    { name: "words0", element: "words", properties: { path: "a b.txt", count: 3 } },
    { name: "t", element: "tee" },
    { name: "loud", bin: { elements: [{ name: "upper0", element: "upper" }, { name: "console0", element: "console" }], links: [{ from: { element: "upper0" }, to: { element: "console0" } }] } },
  ],
  links: [
    { from: { element: "words0" }, to: { element: "t" } },
    { from: { element: "t", pad: "out0" }, to: { element: "loud" }, caps: "text/plain,language=fr" },
    { from: { element: "t", pad: "out1" }, to: { element: "gone", pad: "in" } },
  ],
};

describe("a pipeline with a fork, a bin and a link to what is not there", () => {
  test("is a flowchart in Mermaid with kinds as shapes and what flows on the links", () => {
    expect(toMermaid(forked, registry)).toBe(`flowchart LR
  n0(["words0<br/>path=#34;a b.txt#34;<br/>count=3"])
  n1{{"t #40;tee#41;"}}
  n5["gone<br/>is not there"]
  subgraph b2["loud"]
    n3["upper0"]
    n4[["console0"]]
  end
  n3 -->|"text/plain"| n4
  n0 -->|"text/plain"| n1
  n1 -->|"out0 →<br/>text/plain,language=fr"| n3
  n1 -->|"out1 → in"| n5
  classDef strange stroke-dasharray:4
  class n5,n3 strange
`);
  });

  test("is a graph in DOT with the pads on the links", () => {
    const lines = toDot(forked, registry).split("\n").map((line) => line.trim());
    expect(lines).toContain('n0 [label="words0\\npath=\\"a b.txt\\"\\ncount=3", shape="box", style="rounded,filled", fillcolor="#e3f1e5"]');
    expect(lines.filter((line) => line.includes("->"))).toEqual([
      'n3 -> n4 [label="text/plain"]',
      'n0 -> n1 [label="text/plain"]',
      String.raw`n1 -> n3 [label="out0 →\ntext/plain,language=fr"]`,
      'n1 -> n5 [label="out1 → in"]',
    ]);
  });

  test("is drawn without a registry too, by its names alone", () => {
    expect(toMermaid({ elements: [{ name: "a0", element: "a" }], links: [] })).toBe('flowchart LR\n  n0["a0"]\n');
    expect(toMermaid({ elements: [], links: [] })).toBe("flowchart LR\n");
  });

  test("is a picture whose texts are those of the description", async () => {
    const svg = await toSvg(forked, registry);
    expect(svg.startsWith("<svg")).toBe(true);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["words0", 'path="a b.txt"', "count=3", "t (tee)", "loud", "upper0", "text/plain,language=fr", "out1 → in"]));
    expect([...svg.matchAll(/<title>(.*?)<\/title>/gu)].map(([, title]) => title)).toEqual(["pipeline"]);
  });
});

test("a link into bins leads to the element that is free in the innermost one, and into an empty bin to its place", () => {
  const inner: Graph = { elements: [{ name: "a0", element: "a" }, { name: "b0", element: "b" }], links: [{ from: { element: "a0" }, to: { element: "b0" } }] };
  const graph: Graph = {
    elements: [{ name: "outer", bin: { elements: [{ name: "inner", bin: inner }], links: [] } }, { name: "nothing", bin: { elements: [], links: [] } }],
    links: [{ from: { element: "outer" }, to: { element: "nothing" } }],
  };
  expect(toMermaid(graph).split("\n").filter((line) => /-->|empty|0"\]/u.test(line)).map((line) => line.trim())).toEqual(['n2["a0"]', 'n3["b0"]', 'n5["empty"]', "n2 --> n3", "n3 --> n5"]);
});

test("a pipeline of 992 elements in bins within bins is drawn within a bound of time", async () => {
  const chain = (count: number): Graph => {
    const elements = Array.from({ length: count }, (_, index) => ({ name: `a${index}`, element: "a", properties: { text: "x".repeat(1000) } }));
    return { elements, links: elements.slice(1).map(({ name }, index) => ({ from: { element: `a${index}` }, to: { element: name } })) };
  };
  let graph = chain(31);
  for (let depth = 0; depth < 31; depth++) graph = { elements: [...chain(31).elements, { name: "b", bin: graph }], links: [...chain(31).links, { from: { element: "a30" }, to: { element: "b" } }] };
  const start = performance.now();
  const svg = await toSvg(graph);
  expect([textsOf(svg).filter((text) => /^a\d+$/u.test(text)).length, toMermaid(graph).split("\n").length > 2000]).toEqual([992, true]);
  expect(performance.now() - start).toBeLessThan(20_000);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom('"', "\\", '\\"', "]", '"]\n  click n0 "javascript:alert(1)"', "end", "%%{init: {}}%%", "<script>alert(1)</script>", "&lt;b&gt;", "#quot;", "\\N\\G\\l", "`x`", "a\u202Eb", "\u0000", "-->", "|", "style a:#b;c;", "--- \n", "\ud800", "__proto__", "$&"),
);
const value: fc.Arbitrary<PropertyValue> = fc.oneof(hostile, fc.double({ noNaN: true }), fc.boolean(), fc.constant(null), fc.array(hostile, { maxLength: 3 }));
const hostileGraph: fc.Arbitrary<Graph> = fc.array(fc.record({ name: hostile, element: hostile, properties: fc.dictionary(hostile, value, { maxKeys: 3 }) }), { minLength: 1, maxLength: 5 }).chain((elements) => {
  const reference = fc.record({ element: fc.constantFrom(...elements.map(({ name }) => name)), pad: hostile });
  return fc.record({ elements: fc.constant([...elements, { name: "bin", bin: { elements, links: [] } }]), links: fc.array(fc.record({ from: reference, to: reference, caps: hostile }), { maxLength: 4 }) });
});

describe("whatever names and properties hold", () => {
  test("a flowchart has no line but those of its form, and no text that is read as more than text", () => {
    const quoted = String.raw`"(?:[\p{L}\p{N} .,=/→…-]|#\d+;|<br/>)*"`;
    const form = new RegExp(`^(?:flowchart LR|\\s+(?:n\\d+(?:\\[${quoted}\\])|subgraph b\\d+\\[${quoted}\\]|end|n\\d+ -->(?:\\|${quoted}\\|)? n\\d+))?$`, "u");
    fc.assert(fc.property(hostileGraph, (graph) => {
      expect(toMermaid(graph).split("\n").filter((line) => !form.test(line))).toEqual([]);
    }));
  });

  test("Graphviz reads the graph, and the picture shows the texts and has nothing that runs or leads away", async () => {
    await fc.assert(fc.asyncProperty(hostileGraph, async (graph) => {
      const svg = await toSvg(graph);
      const tags = new Set([...svg.replaceAll(/<!--.*?-->/gsu, "").matchAll(/<([^\s/>]+)/gu)].map(([, tag]) => tag));
      const expected = new Set(["svg", "g", "title", "polygon", "path", "text", "ellipse"]);
      expect([...tags].filter((tag) => !expected.has(tag ?? ""))).toEqual([]);
      expect(/\son\w+=|href|javascript:/iu.test(svg.replaceAll(/<text[^>]*>[^<]*<\/text>/gu, ""))).toBe(false);
    }), { numRuns: 60 });
  });
});

test("a text on which Graphviz traps is drawn too", async () => {
  const texts = [0x2EE5E, 0x3347A, 0x2EE5E, 0x2EE5E, 0x3347A, 0].map((character) => String.fromCodePoint(character)).join("");
  const svg = await toSvg({ elements: [{ name: "", element: "", properties: { [texts]: false } }], links: [] });
  expect(textsOf(svg).map((text) => text.trim())).toContain(String.raw`\u{2ee5e}\u{3347a}\u{2ee5e}\u{2ee5e}\u{3347a}\u{0}=false`);
});

test("a property with quotes, entities, escapes of Graphviz and marks of direction is shown as it is", async () => {
  const told = '"&amp; \\N <b> \u202E';
  const svg = await toSvg({ elements: [{ name: "a", element: "a", properties: { text: told } }], links: [] });
  expect(textsOf(svg)).toContain(String.raw`text="\"&amp; \\N <b> \u{202e}"`);
});

/** The texts of a picture, decoded. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/gu)].map(([, shown = ""]) => shown.replaceAll("&#160;", " ").replaceAll("&#45;", "-").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
}
