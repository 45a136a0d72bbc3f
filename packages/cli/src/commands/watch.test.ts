import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { runMain } from "../fixtures/run-main.js";

test("a watched run tells what passed each link, in plain lines where there is no terminal", async () => {
  const { code, stdout, stderr } = await runMain(["run", "words ! upper", "--watch", "--lines", "--input", "a b c"]);
  expect([code, stdout]).toEqual([0, "A\nB\nC\n"]);
  expect(stderr).toMatch(/^words0\.out → upper0\.in: 3 items, [\d.]+\/s, 0 queued, \d+% stalled\n$/u);
});

test("a watched run tells lines of JSON with --json", async () => {
  const { stderr } = await runMain(["run", "words ! upper", "--watch", "--json", "--input", "a b c"]);
  expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toEqual({ type: "statistics", links: [expect.objectContaining({ from: "words0.out", to: "upper0.in", items: 3 })] });
});

test("on a terminal the output stands above the table, also that of a console", async () => {
  for (const line of ["words ! upper", "words ! upper ! console end=\"\\n\""]) {
    const { code, stdout, stderr } = await runMain(["run", line, "--watch", "--lines", "--input", "a b"], { isTerminal: true, env: { NO_COLOR: "1" } });
    expect([code, stdout]).toEqual([0, ""]);
    expect(stripVTControlCharacters(stderr)).toMatch(/A\r?\n[\s\S]*B\r?\n[\s\S]*link +items +rate\/s +queue +stall\nwords0\.out → upper0\.in +2 /u);
  }
});
