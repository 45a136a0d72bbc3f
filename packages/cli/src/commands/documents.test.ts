import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runMain } from "../fixtures/run-main.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-documents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = 'read path="a b.txt" ! tee name=t  t. ! upper ! console  t. ! ( lower ! count ) name=b ! stdout';

describe("fmt", () => {
  test("writes a line as JSON and JSON as a line, which are the same pipeline", async () => {
    const json = join(folder, "p.json");
    writeFileSync(json, (await runMain(["fmt", line, "--to", "json"])).stdout);
    const { stdout } = await runMain(["fmt", json, "--to", "launch"]);
    expect(await runMain(["fmt", stdout.trim()])).toEqual({ code: 0, stdout, stderr: "" });
    expect(JSON.parse((await runMain(["fmt", stdout.trim(), "--json"])).stdout)).toEqual(JSON.parse(readFileSync(json, "utf8")));
  });

  test("tidies a file in its place", async () => {
    const path = join(folder, "p.iftk");
    writeFileSync(path, "upper   !\n lower # both\n");
    expect(await runMain(["fmt", path, "--write"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(path, "utf8")).toBe("upper ! lower\n");
  });

  test("refuses to write where it came from no file, in another form, and what is no pipeline", async () => {
    const path = join(folder, "bad.json");
    writeFileSync(path, '{"version": 1, "elements": [{"name": "a"}], "links": []}');
    const refusals = await Promise.all([["upper", "-w"], [join(folder, "p.iftk"), "-w", "--to", "json"], [path]].map((args) => runMain(["fmt", ...args])));
    expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(refusals[2]?.stderr).toContain("bad.json: ");
    expect(refusals[2]?.stderr).toContain("elements[0]");
  });
});

describe("check", () => {
  test("tells what a right pipeline takes and gives", async () => {
    expect(await runMain(["check", "upper"])).toEqual({ code: 0, stdout: "ok: takes text/plain, gives text/plain\n", stderr: "" });
    expect(JSON.parse((await runMain(["check", "interval ms=1 ! console", "--json"])).stdout)).toEqual({ ok: true, takes: null, gives: null, warnings: [] });
  });

  test("warns of branches that may wait for each other for ever", async () => {
    const line = "values of=[1,2,3] ! tee name=t  t. ! zip name=z ! console  t. ! drop count=1 ! as-text ! z.";
    const { code, stderr } = await runMain(["check", line]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^warning: elements\[\d\]: z takes one value of each input, .* put a queue/u)]);
  });

  test("tells all problems of a pipeline at once", async () => {
    const { code, stderr } = await runMain(["check", "uper ! replace ! queue size=nought ! console ! lower"]);
    expect(code).toBe(2);
    expect(stderr.trim().split("\n").length).toBeGreaterThanOrEqual(4);
    expect(stderr).toContain("did you mean");
  });

  test("gives the problems as JSON", async () => {
    const { code, stdout } = await runMain(["check", "uper", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([2, { ok: false, problems: [expect.objectContaining({ place: "elements[0].element", likely: "upper" })] }]);
  });
});

describe("graph", () => {
  test.each([
    ["mermaid", /^flowchart LR\n[\s\S]*n0 -->/u],
    ["dot", /^digraph pipeline \{\n[\s\S]*n0 -> n1/u],
    ["svg", /^<svg [\s\S]*<\/svg>\n$/u],
  ])("draws in %s", async (format, form) => {
    expect(await runMain(["graph", line, "--format", format])).toEqual({ code: 0, stdout: expect.stringMatching(form) as string, stderr: "" });
  });

  test("a file that cannot be written is named", async () => {
    expect(await runMain(["graph", "upper", "-o", join(folder, "nowhere", "p.mmd")])).toMatchObject({ code: 1, stderr: expect.stringContaining("p.mmd cannot be written: ENOENT") as string });
  });

  test("writes to a file, and draws what has problems", async () => {
    const path = join(folder, "p.mmd");
    expect(await runMain(["graph", "uper ! lower", "-o", path])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(path, "utf8")).toContain("class n0 strange");
  });
});

describe("inspect", () => {
  test("lists the elements with their kinds", async () => {
    const { stdout } = await runMain(["inspect"]);
    expect(stdout).toMatch(/^tee +split +Gives/mu);
    expect(JSON.parse((await runMain(["inspect", "--json"])).stdout)).toContainEqual({ name: "tee", kind: "split", description: expect.stringContaining("Gives") as string });
  });

  test("keeps to the width of a terminal", async () => {
    const { stdout } = await runMain(["inspect"], { isTerminal: true, env: { NO_COLOR: "1" } });
    expect(Math.max(...stdout.split("\n").map((row) => row.length))).toBe(80);
  });

  test("tells all about one, and the likely name of one that is not there", async () => {
    expect((await runMain(["inspect", "chat"])).stdout).toMatch(/model=tiny\n {6}text, 1 to 200 characters\n {6}Name of the model/u);
    expect(JSON.parse((await runMain(["inspect", "chat", "--json"])).stdout)).toMatchObject({ name: "chat", pads: [{ side: "in" }, { side: "out" }] });
    expect(await runMain(["inspect", "chta"])).toEqual({ code: 2, stdout: "", stderr: 'iftk: there is no element "chta"; did you mean chat?\n' });
  });
});

describe("models", () => {
  test("lists what is ready and what a model still needs, without any key", async () => {
    const { stdout } = await runMain(["models"], { env: { OPENAI_API_KEY: "sk-secret", IFTK_MODEL: "/nowhere/model.gguf" } });
    expect(stdout).toMatch(/^local +needs the file \/nowhere\/model.gguf/mu);
    expect((await runMain(["models"], { env: { OPENAI_BASE_URL: "http://localhost:8080/v1" } })).stdout).toMatch(/^openai\/\S+ +ready/mu);
    expect(stdout).toMatch(/^tiny +ready/mu);
    expect(stdout).toMatch(/^openai\/\S+ +ready/mu);
    expect(stdout).toMatch(/^anthropic\/\S+ +needs ANTHROPIC_API_KEY/mu);
    expect(stdout).not.toContain("sk-secret");
  });

  test("has the model of IFTK_MODEL, which is then the usual one", async () => {
    const env = { IFTK_MODEL: "/nowhere/model.gguf" };
    expect(JSON.parse((await runMain(["models", "--json"], { env })).stdout)).toContainEqual(expect.objectContaining({ slug: "local", provider: "llama" }));
    expect(await runMain(["chat"], { env, stdin: "Hello\n" })).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("/nowhere/model.gguf") as string });
  });
});
