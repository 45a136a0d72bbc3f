/** Rendered text apart by who wrote it. */

/** Part of a rendered prompt: written by the template or by a message. */
export interface Fragment {
  readonly text: string;
  readonly isContent: boolean;
}

const opening = "a";
const closing = "b";

/** Puts the marks inside the white space at both ends, which templates like to trim. */
export function mark(content: string, nonce: string): string {
  const core = content.trim();
  if (core === "") return content;
  const start = content.indexOf(core);
  return `${content.slice(0, start)}${nonce}${opening}${core}${nonce}${closing}${content.slice(start + core.length)}`;
}

/** The fragments of a text whose contents were marked; undefined where the marks do not pair. */
export function fragmentsOf(marked: string, nonce: string): readonly Fragment[] | undefined {
  const pieces = marked.split(nonce);
  const fragments: Fragment[] = [{ text: pieces[0] ?? "", isContent: false }];
  for (const piece of pieces.slice(1)) {
    const isContent = !fragments.at(-1)?.isContent;
    if (!piece.startsWith(isContent ? opening : closing)) return undefined;
    fragments.push({ text: piece.slice(1), isContent });
  }
  return fragments.at(-1)?.isContent ? undefined : fragments;
}

/** The fragments from character `start` up to before `end`. */
export function cut(fragments: readonly Fragment[], start: number, end: number): readonly Fragment[] {
  let at = 0;
  return fragments.map(({ text, isContent }) => {
    const part = text.slice(Math.max(start - at, 0), Math.max(end - at, 0));
    at += text.length;
    return { text: part, isContent };
  });
}
