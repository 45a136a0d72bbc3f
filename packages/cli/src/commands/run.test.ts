import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeAnthropic, fakeOpenai } from "@iftk/testing/providers";
import { afterAll, describe, expect, test } from "vitest";
import { runMain, startMain } from "../fixtures/run-main.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("input and output", () => {
  test.each([
    ["a text", ["upper", "--input", "Hello"], "", "HELLO"],
    ["stdin", ["upper"], "a\nb\n", "A\nB\n"],
    ["texts on lines of their own", ["words", "--lines", "--input", "a b"], "", "a\nb\n"],
    ["texts as JSON", ["words", "--json", "--input", "a b"], "", '"a"\n"b"\n'],
    ["values that are no texts as JSON", ["count", "--input-form", "lines"], "a\nb\nc\n", "3\n"],
    ["JSON Lines, for a pipeline that takes any", ["pick path=a", "--input-form", "jsonl"], '{"a":1}\n{"a":"x"}\n', "1\nx"],
    ["bytes", ["encode", "--input", "é"], "", "é"],
    ["bytes as JSON", ["encode", "--json", "--input", "é"], "", '{"base64":"w6k="}\n'],
    ["what a pipeline without a free output writes itself", ["upper ! console", "--input", "hey"], "", "HEY\n"],
    ["what a pipeline reads itself", ["stdin ! upper"], "hey", "HEY"],
  ])("%s", async (_, args, stdin, stdout) => {
    expect(await runMain(["run", ...args], { stdin })).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("a local model is held to a grammar, and one that is not local is named", async () => {
    const { code, stdout } = await runMain(["run", 'complete regex="[0-9]{3}" seed=1', "--input", "How many?"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d{3}$/u)]);
    const refused = await runMain(["run", "complete model=tinny", "--input", "a"]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('there is no local model "tinny"; did you mean tiny?')]);
  });

  test("a character that comes in pieces is one", async () => {
    const { stdin, ended } = startMain(["run", "upper"]);
    stdin.write(Buffer.from([0xc3]));
    stdin.end(Buffer.from([0xa9]));
    expect((await ended).stdout).toBe("É");
  });

  test("gives what comes before the input has ended", async () => {
    const { stdin, shows, ended } = startMain(["run", "upper"]);
    stdin.write("first\n");
    await shows("FIRST\n");
    stdin.end("second\n");
    expect((await ended).stdout).toBe("FIRST\nSECOND\n");
  });

  test("reads a line or JSON from a file, or from stdin", async () => {
    const [line, json] = [join(folder, "p.iftk"), join(folder, "p.json")];
    writeFileSync(line, "upper # loud\n");
    writeFileSync(json, (await runMain(["fmt", line, "--to", "json"])).stdout);
    for (const args of [[line], [json]]) expect((await runMain(["run", ...args], { stdin: "a" })).stdout).toBe("A");
    expect((await runMain(["run", "-", "--input", "a"], { stdin: "upper" })).stdout).toBe("A");
  });

  test("refuses a folder, an empty file, and the name of a file that is none of the forms", async () => {
    const [empty, text] = [join(folder, "empty.iftk"), join(folder, "p.txt")];
    writeFileSync(empty, " \n");
    writeFileSync(text, "upper");
    mkdirSync(join(folder, "folder.json"));
    const refusals = await Promise.all([empty, text, join(folder, "folder.json"), ""].map((argument) => runMain(["run", argument, "--input", "x"])));
    expect(refusals.map(({ code, stderr }) => [code, /it is empty|let it come in with -|is a folder/u.exec(stderr)?.[0]])).toEqual([[2, "it is empty"], [2, "let it come in with -"], [2, "is a folder"], [2, "it is empty"]]);
  });

  test("binary input, lines without end and a pipeline of random bytes are errors or text, and never an end of the process", async () => {
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256));
    const path = join(folder, "random.iftk");
    writeFileSync(path, bytes);
    expect(await runMain(["check", path])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("random.iftk: 1:1: ") as string });
    const { stdin, ended } = startMain(["run", "upper"]);
    stdin.end(bytes);
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
    expect(await runMain(["run", "lines ! count"], { stdin: "x".repeat(2 ** 21) })).toMatchObject({ code: 1, stderr: expect.stringContaining("line 1 is longer") as string });
  });

  test.each([
    [["nowhere.json"], 'there is no file "nowhere.json"'],
    [["interval ms=1", "--input", "x"], "takes no input"],
    [["-"], "give its input with --input"],
    [["upper", "--input", "x", "--input-form", "bytes"], "takes text/plain, which bytes does not give"],
  ])("refuses %j", async (args, message) => {
    expect(await runMain(["run", ...args], { stdin: "upper" })).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(message) as string });
  });
});

describe("the end of a run", () => {
  test("comes with exit code 130 when it is stopped, also while its input is silent", async () => {
    for (const line of ["upper", "interval ms=10 ! console"]) {
      const { stop, ended, stdin, shows } = startMain(["run", line]);
      stdin.write("x");
      await shows(line === "upper" ? "X" : "0");
      stop();
      expect(await ended).toMatchObject({ code: 130, stderr: "" });
    }
  });

  test("comes quietly with exit code 141 when nobody reads on", async () => {
    const { stdout, shows, ended } = startMain(["run", "interval ms=1", "--lines"]);
    await shows("1");
    stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(await ended).toMatchObject({ code: 141, stderr: "" });
  });

  test("gives what came before an error, then the error with exit code 1", async () => {
    expect(await runMain(["run", "from-jsonl"], { stdin: '1\n{"a":\n' })).toEqual({ code: 1, stdout: "1\n", stderr: "iftk: from-jsonl: line 2 is not JSON\n" });
  });
});

describe("a pipeline over a model", () => {
  const story = (path: string): string => `chat model=tiny temperature=0 ! text ! sentences ! tee name=t  t. ! translate to=fr temperature=0 ! console  t. ! file path=${JSON.stringify(path)}`;

  test("gives the same as a launch line and as JSON on the embedded model", async () => {
    const [file, json, input] = [join(folder, "story.txt"), join(folder, "story.json"), "Tell me a story about a fox."];
    const line = await runMain(["run", story(file), "--input", input]);
    const told = readFileSync(file, "utf8");
    expect(line).toMatchObject({ code: 0, stderr: "" });
    expect(told.length).toBeGreaterThan(100);

    writeFileSync(json, (await runMain(["fmt", story(file), "--to", "json"])).stdout);
    expect(await runMain(["run", json, "--input", input])).toEqual(line);
    expect(readFileSync(file, "utf8")).toBe(told);
  }, 60_000);

  test("runs on another provider with one property changed", async () => {
    await using openai = await fakeOpenai({ key: "sk-open", reply: { text: "I am OpenAI. Really." } });
    await using anthropic = await fakeAnthropic({ key: "sk-ant" });
    const env = { OPENAI_API_KEY: "sk-open", OPENAI_BASE_URL: `${openai.url}/v1`, ANTHROPIC_API_KEY: "sk-ant", ANTHROPIC_BASE_URL: anthropic.url };
    const say = async (model: string): Promise<string[]> => {
      const { code, stdout, stderr } = await runMain(["run", `chat model=${model} maxTokens=50 ! text ! sentences`, "--lines", "--input", "Hello!"], { env });
      expect([code, stderr]).toEqual([0, ""]);
      return stdout.trim().split(/\s*\n/u);
    };
    expect(await say("openai/some-model")).toEqual(["I am OpenAI.", "Really."]);
    expect((await say("anthropic/claude-sonnet-5-5")).length).toBeGreaterThan(0);
    expect((await say("tiny")).join(" ")).toMatch(/\p{L}{2}/u);
    expect([openai.requests.length, anthropic.requests.length]).toEqual([1, 1]);
  });
});
