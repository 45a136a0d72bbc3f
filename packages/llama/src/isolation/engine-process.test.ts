import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { inheritedFlags } from "./engine-process.js";
import { sourceFlags } from "./fixtures/from-source.js";

const host = fileURLToPath(new URL("fixtures/isolated-host.ts", import.meta.url));

function isRunning(id: number): boolean {
  return existsSync(`/proc/${id}/status`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, "utf8"));
}

/** Runs a process that opens a model, and gives what it said, how it ended, and whether its engine outlives it. */
async function run(how: string, act: (child: ReturnType<typeof spawn>) => void = () => {}): Promise<unknown[]> {
  const child = spawn(process.execPath, [...sourceFlags, host, how], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
    if (said.includes(how)) act(child);
  });
  const errors = text(child.stderr);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  const [id, ...rest] = said.trim().split("\n");
  while (isRunning(Number(id))) await new Promise<void>((resolve) => void setImmediate(resolve));
  return [rest, code ?? signal, (await errors).split("\n").filter((line) => line.startsWith("Error"))];
}

test("a process has the flags of its parent, without those that hold for the parent alone", () => {
  expect(inheritedFlags(["--inspect=0", "--conditions", "a", "--input-type", "module", "--inspect-port", "9229", "--import", "b", "--watch", "--no-warnings"])).toEqual(["--conditions", "a", "--import", "b", "--no-warnings"]);
});

test("an idle model and a closed one keep no process alive, and what the engine writes is not mixed into its parent's output", async () => {
  expect(await Promise.all(["idle", "closed"].map((how) => run(how)))).toEqual([[["idle"], 0, []], [["closed"], 0, []]]);
});

test("the engine ends with its parent, however that ends", async () => {
  const ends = [run("throwing"), run("running", (child) => child.kill("SIGKILL")), run("running", (child) => child.kill("SIGTERM")), run("deaf", (child) => child.kill("SIGKILL"))];
  expect(await Promise.all(ends)).toEqual([[["throwing"], 1, ["Error: enough"]], [["running"], "SIGKILL", []], [["running"], "SIGTERM", []], [["deaf"], "SIGKILL", []]]);
});
