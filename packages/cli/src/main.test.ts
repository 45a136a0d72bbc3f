import { Readable, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { runMain } from "./fixtures/run-main.js";
import { main } from "./main.js";

describe("the command line", () => {
  test("tells its commands and exit codes, each command its options", async () => {
    const { code, stdout, stderr } = await runMain(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const told of ["run", "serve", "chat", "inspect", "graph", "check", "fmt", "models", "completion", "0    done", "2    usage", "130  stopped", "141  broken pipe"]) expect(stdout).toContain(told);
    expect((await runMain(["run", "--help"])).stdout).toMatch(/--input <text>[\s\S]*--watch[\s\S]*--json/u);
  });

  test("tells examples of every command", async () => {
    const told = await Promise.all(["run", "serve", "chat", "inspect", "graph", "check", "fmt", "models", "completion"].map((command) => runMain([command, "--help"])));
    for (const { code, stdout } of told) expect([code, stdout]).toEqual([0, expect.stringMatching(/\n(?:Examples|Example):\n {2}\S/u)]);
  });

  test("tells its version", async () => {
    expect(await runMain(["--version"])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u) as string, stderr: "" });
  });

  test.each([
    [["bogus"], "unknown command 'bogus'"],
    [["rum", "x"], "(Did you mean run?)"],
    [["run"], "missing required argument 'pipeline'"],
    [["run", "upper", "!", "lower"], "too many arguments"],
    [["run", "upper", "--bogus"], "unknown option '--bogus'"],
    [["graph", "upper", "--format", "png"], "Allowed choices are mermaid, dot, svg"],
    [["serve", "upper", "--port", "99999"], "give a whole number from 0 to 65535"],
  ])("refuses %j with exit code 2 and what is wrong", async (args, message) => {
    const { code, stdout, stderr } = await runMain(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^iftk: /u);
  });

  test("without a command tells how it is used, with exit code 2", async () => {
    expect(await runMain([])).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: iftk") as string });
  });
});

describe("errors", () => {
  test("of syntax are shown with the place and a caret", async () => {
    expect(await runMain(["run", "upper ! ! lower"])).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(/^iftk: 1:9: .*\n {2}upper ! ! lower\n {10}\^\n$/u) as string });
  });

  test("of a pipeline name the place and the likely name", async () => {
    const { code, stderr } = await runMain(["run", "uper"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "upper"?')]);
  });

  test("are a line of JSON with --json", async () => {
    const { stderr } = await runMain(["run", "chat model=tinny ! text", "--input", "Hello", "--json"]);
    expect(JSON.parse(stderr)).toEqual({ type: "error", code: "not_found", reason: "usage", message: 'there is no model "tinny"; did you mean tiny? (iftk models lists them)' });
  });

  test.each([[["bogus", "--json"]], [["run", "--json"]], [["--json", "run", "upper", "--bogus"]], [["--json"]]])("of a command line are a line of JSON too: %j", async (args) => {
    const { code, stdout, stderr } = await runMain(args);
    expect([code, stdout, stderr.trim().split("\n").length]).toEqual([2, "", 1]);
    expect(JSON.parse(stderr)).toEqual({ type: "error", code: "invalid_argument", reason: "usage", message: expect.any(String) as string });
  });

  test("options of all commands may stand before the command", async () => {
    expect(await runMain(["--json", "run", "upper", "--input", "a"])).toEqual({ code: 0, stdout: '"A"\n', stderr: "" });
  });

  test("of an output that takes nothing more are told of, even by what is written last", async () => {
    const full = (): Writable => new Writable({ write: (_, __, done) => setImmediate(done, Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })) });
    for (const args of [["--help"], ["fmt", "upper"], ["run", "upper", "--input", "a"]]) {
      let told = "";
      const stderr = new Writable({ write: (piece: Buffer, _, done) => ((told += piece.toString()), done()) });
      expect([await main(args, { stdin: Readable.from([]), stdout: full(), stderr, env: {}, signal: new AbortController().signal }), told]).toEqual([1, "iftk: ENOSPC: no space left on device, write\n"]);
    }
  });

  test("show where they come from only with --debug", async () => {
    const args = ["run", "from-jsonl", "--input", "{oops", "--input-form", "text"];
    const [plain, debug] = [await runMain(args), await runMain([...args, "--debug"])];
    expect([plain.code, plain.stderr]).toEqual([1, "iftk: from-jsonl: line 1 is not JSON\n"]);
    expect(debug.stderr).toMatch(/\n {4}at .*\n[\s\S]*caused by: SyntaxError/u);
  });

  test("have colours on a terminal that has some, and nowhere else", async () => {
    const red = "\u001B[31miftk:\u001B[39m";
    const told = async (options: Parameters<typeof runMain>[1], ...args: readonly string[]): Promise<boolean> => (await runMain(["check", "uper", ...args], options)).stderr.includes(red);
    expect([await told({ isTerminal: true }), await told({}), await told({ isTerminal: true }, "--no-color"), await told({ isTerminal: true, env: { NO_COLOR: "1" } }), await told({ isTerminal: true, env: { TERM: "dumb" } })]).toEqual([true, false, false, false, false]);
  });

  test("cannot move the cursor of the terminal", async () => {
    expect((await runMain(["run", "up\u001B[2Jper"], { isTerminal: true, env: { NO_COLOR: "1" } })).stderr).not.toContain("\u001B");
  });
});
