import { startProgram } from "@iftk/pages/testing";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { endOf, startProcess } from "./fixtures/start-process.js";

const program = join(import.meta.dirname, "iftk.ts");

describe("the command as a process", () => {
  test("streams stdin through a pipeline to stdout", async () => {
    const child = startProcess(["run", "upper"]);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stdin.write("one\n");
    await expect.poll(() => stdout, { timeout: 10_000 }).toBe("ONE\n");
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
    await expect.poll(() => stderr, { timeout: 10_000 }).toContain("(stopped)");
    child.kill("SIGINT");
    expect(await endOf(child)).toBe(130);
  });

  test("tells how it is used and fails with exit code 2 for what it does not know", async () => {
    expect(await startProgram(program, {}, ["bogus"]).ended).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining("unknown command 'bogus'") as string });
  });
});
