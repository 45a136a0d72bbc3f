import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const pages = ["README.md", ...globSync("docs/guide/*.md", { cwd: root }), ...globSync("packages/*/README.md", { cwd: root })].sort();
const guide = pages.filter((page) => /guide\/\d\d-/.test(page));
const read = (page: string): string => readFileSync(join(root, page), "utf8");
const withoutCode = (text: string): string => text.replaceAll(/^```.*?^```$/gms, "");

/** The anchors of a page, as GitHub makes them of its headings. */
const anchorsOf = (page: string): string[] =>
  [...withoutCode(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-"));

test.for(pages)("every link of %s leads to a page that is there, and to a heading of it", (page) => {
  const links = [...withoutCode(read(page)).matchAll(/(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : relative(root, join(root, dirname(page), path));
    return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken).toEqual([]);
});

test("every page of the guide ends with a link to the next, and the index has them all in order", () => {
  const names = guide.map((page) => page.split("/").at(-1) ?? "");
  const followed = guide.slice(0, -1).map((page) => /Next: \[[^\]]*\]\(([^)]*)\)[^\n]*\n$/.exec(read(page))?.[1]);
  expect(followed).toEqual(names.slice(1));
  expect([...read("docs/guide/README.md").matchAll(/^\d+\. \[[^\]]*\]\(([^)]*)\)/gm)].map(([, link]) => link)).toEqual(names);
});
