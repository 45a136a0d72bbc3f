import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { LiveScreen } from "./live-screen.js";

/** A terminal that keeps what a person would see: rows of text, of which the cursor is on the last or above. */
function terminal(columns: number): { readonly output: Writable & { readonly columns: number }; readonly rows: () => string[] } {
  let rows = [""];
  let row = 0;
  const take = (text: string): void => {
    // oxlint-disable-next-line no-control-regex -- what a terminal is told
    for (const [, up, clear, end, shown] of text.matchAll(/\u001B\[(\d+)A|(\u001B\[J)|(\n)|([^\u001B\r\n]+)/gu)) {
      if (up !== undefined) row -= Number(up);
      else if (clear) rows = [...rows.slice(0, row), ""];
      else if (end) rows[++row] ??= "";
      else rows[row] += shown ?? "";
    }
  };
  const output = new Writable({ decodeStrings: false, write: (chunk: string, _, done) => (take(chunk), done()) });
  return { output: Object.assign(output, { columns }), rows: () => rows.filter((text) => text !== "") };
}

const write = (output: Writable, chunk: string | Uint8Array): Promise<void> => new Promise((resolve) => output.write(chunk, () => resolve()));

test("output stands above the lines, which change in their place", async () => {
  const { output, rows } = terminal(40);
  const screen = new LiveScreen(output);
  screen.show(["one", "two"]);
  await write(screen.output, "first\nsecond ");
  expect(rows()).toEqual(["first", "second ", "one", "two"]);
  screen.show(["three"]);
  await write(screen.output, "line\n");
  expect(rows()).toEqual(["first", "second line", "three"]);
});

test("a last line that is longer than the terminal shows its end, and is whole once it has ended", async () => {
  const { output, rows } = terminal(10);
  const screen = new LiveScreen(output);
  screen.show(["a line that is too long"]);
  await write(screen.output, "0123456789abcdef");
  expect(rows()).toEqual(["789abcdef", "a line th"]);
  await screen.close();
  expect(rows()).toEqual(["0123456789abcdef"]);
});

test("bytes that end within a character are shown with the rest of it", async () => {
  const { output, rows } = terminal(40);
  const screen = new LiveScreen(output);
  await write(screen.output, Uint8Array.of(0xc3));
  await write(screen.output, Uint8Array.of(0xa9));
  await screen.close();
  expect(rows()).toEqual(["é"]);
});
