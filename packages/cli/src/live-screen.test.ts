import { Writable } from "node:stream";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { LiveScreen } from "./live-screen.js";

interface Size {
  columns: number;
  rows?: number;
}

/** A terminal that keeps what a person would see: rows of text, wrapped at its width, of which the cursor is on the last or above. A wide character is one of two columns. */
function terminal(columns: number, height?: number): { readonly output: Writable & Size; readonly rows: () => string[] } {
  const size: Size = { columns, ...(height !== undefined && { rows: height }) };
  let rows = [""];
  let row = 0;
  const take = (text: string): void => {
    // oxlint-disable-next-line no-control-regex -- what a terminal is told
    for (const [, up, clear, end, shown] of text.matchAll(/\u001B\[(\d+)A|(\u001B\[J)|(\n)|([^\u001B\r\n])/gu)) {
      if (up !== undefined) row -= Number(up);
      else if (clear) rows = [...rows.slice(0, row), ""];
      else if (end) rows[++row] ??= "";
      else {
        if (stringWidth((rows[row] ?? "") + (shown ?? "")) > size.columns) rows[++row] ??= "";
        rows[row] += shown ?? "";
      }
    }
  };
  const output = Object.assign(new Writable({ decodeStrings: false, write: (chunk: string, _, done) => (take(chunk), done()) }), size);
  return { output, rows: () => rows.filter((text) => text !== "") };
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

test("a last line that is longer than the terminal is all shown, wrapped as the terminal has it, and lines are cut", async () => {
  const { output, rows } = terminal(10);
  const screen = new LiveScreen(output);
  screen.show(["a line that is too long"]);
  for (const part of ["0123456", "789abcdefghij", "k"]) await write(screen.output, part);
  expect(rows()).toEqual(["0123456789", "abcdefghij", "k", "a line t…"]);
  await screen.close();
  expect(rows()).toEqual(["0123456789", "abcdefghij", "k"]);
});

test("wide characters and tabs take the columns that are counted", async () => {
  const { output, rows } = terminal(10);
  const screen = new LiveScreen(output);
  screen.show(["日本語の表です"]);
  await write(screen.output, "狐が森に行");
  await write(screen.output, "った。");
  expect(rows()).toEqual(["狐が森に行", "った。", "日本語の…"]);
  await write(screen.output, "\nx\ty");
  expect(rows()).toEqual(["狐が森に行", "った。", "x y", "日本語の…"]);
});

test("lines for which a terminal has no rows are left out, and those that it wraps when it becomes narrower are taken back", () => {
  const { output, rows } = terminal(40, 4);
  const screen = new LiveScreen(output);
  screen.show(["1", "2", "3", "4", "5"]);
  expect(rows()).toEqual(["1", "2", "3"]);

  const written: string[] = [];
  const narrowing = Object.assign(new Writable({ decodeStrings: false, write: (chunk: string, _, done) => (written.push(chunk), done()) }), { columns: 80 });
  const other = new LiveScreen(narrowing);
  other.show(["x".repeat(70), "short"]);
  narrowing.columns = 30;
  other.show([]);
  expect(written.at(-1)).toBe("\u001B[4A\r\u001B[J");
});

test("bytes that end within a character are shown with the rest of it", async () => {
  const { output, rows } = terminal(40);
  const screen = new LiveScreen(output);
  await write(screen.output, Uint8Array.of(0xc3));
  await write(screen.output, Uint8Array.of(0xa9));
  await screen.close();
  expect(rows()).toEqual(["é"]);
});
