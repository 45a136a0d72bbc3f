import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { startProgram } from "@iftk/pages/testing";
import { afterAll, expect, test } from "vitest";
import { askEach, models, over, pipeline } from "./backends.js";
import { findEntities, type Finding } from "./entities.js";
import { through } from "./own-element.js";
import { tick } from "./replacement.js";
import { besidePrograms, type Surroundings } from "./run-program.js";
import { serveAndCall } from "./served.js";
import { tellStory } from "./story.js";

const folder = await mkdtemp(join(tmpdir(), "iftk-pipelines-"));
afterAll(() => rm(folder, { recursive: true }));

/** Surroundings with what was printed in them. */
function surroundings(...args: readonly string[]): Surroundings & { readonly printed: string[]; readonly controller: AbortController } {
  const [printed, controller]: [string[], AbortController] = [[], new AbortController()];
  return { args, controller, signal: controller.signal, printed, print: (text) => void printed.push(text) };
}

test("the launch line and the JSON form tell the same story, on the screen and in the file", async () => {
  const told = await Promise.all(["story.iftk", "story.json"].map(async (name) => {
    const pieces: Buffer[] = [];
    const stdout = new Writable({ write: (piece: Buffer, _, done) => (pieces.push(piece), done()) });
    const place = await mkdtemp(join(folder, "story-"));
    await tellStory({ file: besidePrograms(name), request: "Tell me a story about a fox.", folder: place, stdout });
    return [await readFile(join(place, "story.txt"), "utf8"), Buffer.concat(pieces).toString()] as const;
  }));
  expect(told[1]).toEqual(told[0]);
  expect(Math.min(...told.flat().map((text) => text.length))).toBeGreaterThan(100);
});

test("three backends answer one pipeline of which the property model alone differs", async () => {
  const answers = await askEach("Who are you?");
  expect([...answers.keys()]).toEqual(models);
  expect(answers.get("openai/gpt-6-sol")).toEqual(["I am a fake. ", "ChatGPT would say more."]);
  expect(answers.get("anthropic/claude-haiku-5-5")).toEqual(["I am a fake too. ", "So is my cheer."]);
  expect(answers.get("tiny")?.join("")).toMatch(/\p{L}{2}/u);
  const withoutModel = (model: string): string => JSON.stringify(over(model)).replace(JSON.stringify(model), "");
  expect(new Set(models.map((model) => withoutModel(model))).size).toBe(1);
  expect(JSON.stringify(pipeline)).not.toContain("tiny");
});

test("entities stand in their sentences, and come while the story is told", async () => {
  const findings: Finding[] = [];
  await findEntities("Tell me a story about Ana in Paris.", (finding) => findings.push(finding));
  expect(findings.length).toBeGreaterThan(2);
  expect(findings.filter(({ sentence, text }) => !sentence.includes(text))).toEqual([]);
  expect(findings.map(({ text }) => text)).toContain("Ana");
});

test("an element of one's own is a word of a launch line, and its properties are checked", async () => {
  expect(await through("lines ! redact ! upper", "to a.b@example.org, c@d.eu\nand x@y")).toEqual(["TO [ADDRESS], [ADDRESS]", "AND X@Y"]);
  await expect(through('redact with=""', "")).rejects.toMatchObject({ code: "invalid_argument", reason: "pipeline" });
  await expect(through("redcat", "")).rejects.toThrow('did you mean "redact"?');
});

test("an element is replaced between two values, and none is lost", async () => {
  const { signal, print, printed } = surroundings();
  await tick({ signal, print });
  const ticks = printed.slice(0, 9);
  expect(ticks.map((text) => text.replace(/\d+/u, "N").trim())).toEqual([...Array(3).fill("TICK N"), ...Array(3).fill("tick N"), ...Array(3).fill("(tick N)")]);
  expect(printed.at(-1)).toBe("voice.out -> take0.in: 9\n");
});

test("a pipeline behind HTTP is a stage here, and its server is closed with the program", async () => {
  const { printed, controller: _, ...rest } = surroundings();
  await serveAndCall(rest);
  const [address = "", ...sentences] = printed;
  expect(sentences.slice(-2)).toEqual(["ONE.\n", "TWO.\n"]);
  expect(sentences.length).toBeGreaterThan(2);
  expect(sentences.join("")).toBe(sentences.join("").toUpperCase());
  await expect(fetch(address.split(" ")[0] ?? "")).rejects.toThrow();
});

test("Ctrl+C ends a program with exit code 130, and a wrong line with 1 and its place", async () => {
  const { address, ended, interrupt } = startProgram(join(import.meta.dirname, "served.ts"), {});
  await address;
  interrupt();
  expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining("stopped") as string });
  expect(await startProgram(join(import.meta.dirname, "own-element.ts"), {}, ["lines ! redcat"]).ended).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("1:9: ") as string });
});
