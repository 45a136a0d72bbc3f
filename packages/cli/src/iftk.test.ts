import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProgram } from "@iftk/pages/testing";
import { describe, expect, test } from "vitest";
import { endOf, startProcess } from "./fixtures/start-process.js";

const program = join(import.meta.dirname, "iftk.ts");

describe("the command as a process", () => {
  test("streams stdin through a pipeline to stdout", async () => {
    const child = startProcess(["run", "upper"]);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stdin.write("one\n");
    await expect.poll(() => stdout).toBe("ONE\n");
    child.stdin.end("two\n");
    expect([await endOf(child), stdout]).toEqual([0, "ONE\nTWO\n"]);
  });

  test.each([["run", "interval ms=1", "--lines"], ["run", "interval ms=1 ! console end=\"\\n\""]])("ends quietly when its reader leaves: %j", async (...args) => {
    const child = startProcess(args);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.destroy();
    expect([await endOf(child), stderr]).toEqual([141, ""]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s stops it cleanly with exit code 130 while its input is silent", async (signal) => {
    const child = startProcess(["run", "upper"]);
    child.stdin.write("x");
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill(signal);
    expect(await endOf(child)).toBe(130);
  });

  test("a reader that is slow holds up whoever writes, and nothing is lost", async () => {
    const child = startProcess(["run", "lines ! upper", "--lines"]);
    const line = `${"x".repeat(1000)}\n`;
    let written = 0;
    while (child.stdin.write(line.repeat(64)) || written < 1_000_000) written += 64 * line.length;
    // Nothing of stdout is read: the pipes are full before all of this is taken.
    for (let round = 0; round < 200; round++) child.stdin.write(line.repeat(64));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(child.stdin.writableLength).toBeGreaterThan(5_000_000);
    child.stdin.end();
    let read = 0;
    child.stdout.on("data", (chunk: Buffer) => (read += chunk.length));
    expect([await endOf(child), read % line.length, read > 12_800_000]).toEqual([0, 0, true]);
  });

  test("Ctrl-C leaves whole lines in a file that grows, and no half of one that does not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "iftk-process-"));
    const child = startProcess(["run", `interval ms=5 ! tee name=t  t. ! file path=${JSON.stringify(join(folder, "grows.txt"))} append=true  t. ! file path=${JSON.stringify(join(folder, "whole.txt"))}  t. ! as-text end="\\n"`]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGINT");
    expect([await endOf(child), readdirSync(folder), readFileSync(join(folder, "grows.txt"), "utf8")]).toEqual([130, ["grows.txt"], expect.stringMatching(/^0\n(?:\d+\n)*$/u)]);
    rmSync(folder, { recursive: true });
  });

  test("a second signal ends a server that waits for its runs", async () => {
    const { address, ended, interrupt } = startProgram(program, {}, ["serve", "upper ! delay ms=60000", "--port", "0"]);
    const asked = fetch(`${await address}/run`, { method: "POST", headers: { "content-type": "application/json" }, body: '"a"' });
    asked.catch(() => {});
    // The headers come once nothing else has for a second: then it runs.
    await asked;
    interrupt();
    await expect.poll(async () => fetch(await address).then(() => "open", () => "closed")).toBe("closed");
    const begun = performance.now();
    interrupt();
    expect([(await ended).code, performance.now() - begun < 2500]).toEqual([130, true]);
  });

  test("a folder at stdin is an error", async () => {
    const folder = openSync(tmpdir(), "r");
    const child = startProcess(["run", "upper"], folder);
    expect(await endOf(child)).toBe(1);
    closeSync(folder);
  });

  test("Ctrl-C closes a server", async () => {
    const { address, ended, interrupt } = startProgram(program, {}, ["serve", "upper", "--port", "0"]);
    expect((await fetch(await address)).status).toBe(200);
    interrupt();
    expect(await ended).toMatchObject({ code: 130, stderr: "" });
  });

  test("Ctrl-C in a conversation stops the reply, and once more ends it", async () => {
    const child = startProcess(["chat"]);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.write("Tell me a long story.\n");
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGINT");
    await expect.poll(() => stderr).toContain("(stopped)");
    child.kill("SIGINT");
    expect(await endOf(child)).toBe(130);
  });

  test("tells how it is used and fails with exit code 2 for what it does not know", async () => {
    expect(await startProgram(program, {}, ["bogus"]).ended).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining("unknown command 'bogus'") as string });
  });
});
