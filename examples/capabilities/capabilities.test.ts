import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startProgram } from "@iftk/pages/testing";
import { fakeOpenai, faults, runwayReplies } from "@iftk/testing/providers";
import { afterAll, describe, expect, test } from "vitest";
import { illustration } from "./illustration.js";
import { look } from "./look.js";
import { object } from "./object.js";
import { picturePath } from "./picture-path.js";
import { runAt, type Example } from "./run-example.js";
import { soundOf } from "./sound.js";
import { story } from "./story.js";
import { transcript } from "./transcript.js";
import { video } from "./video.js";

const folder = await mkdtemp(join(tmpdir(), "iftk-capabilities-test-"));
afterAll(() => rm(folder, { recursive: true }));

interface Ran {
  /** What was written, piece by piece. */
  readonly pieces: readonly string[];
  readonly notes: readonly string[];
}

/** Runs a program without keys; `onNote` is told each note. */
async function run(example: Example, args: readonly string[] = [], { signal = new AbortController().signal, onNote = (_: string): void => {} } = {}): Promise<Ran> {
  const pieces: string[] = [];
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    onNote(line);
  };
  await runAt({ signal, folder, write: (text) => void pieces.push(text), note }, example, args, {});
  return { pieces, notes };
}

const fakeOf = (provider: string, variables: string): string => `NOT REAL: a fake ${provider} in this process answers, the same whatever it is asked. Set ${variables} for the real one.`;

describe("story", () => {
  test("is told by the embedded model, word by word", async () => {
    const { pieces, notes } = await run(story, []);
    expect([pieces.length > 20, pieces.join("").length > 60, pieces.at(-1)]).toEqual([true, true, "\n"]);
    expect(notes).toEqual(["The embedded model answers. Set OPENAI_API_KEY or ANTHROPIC_API_KEY to ask a larger one.", expect.stringMatching(/^llama\/tiny: \d+ tokens in, \d+ tokens out$/u)]);
  });

  test.each([["openai/gpt-6-sol", "OPENAI_API_KEY"], ["anthropic/claude-sonnet-5-5", "ANTHROPIC_API_KEY"]])("is told by %s where it is named, and the note says which key would make it real", async (model, variable) => {
    const { pieces, notes } = await run(story, [model, "Once upon a time"]);
    expect([pieces.length > 5, pieces.join(""), notes[0]]).toEqual([true, "Once upon a time a fox found a lantern in the snow. It was still warm, and somebody had scratched a name into it.\n", fakeOf(model.split("/")[0] ?? "", variable)]);
  });

  test("of a model that there is not is refused with those that there are", async () => {
    await expect(run(story, ["openai/gpt-0"])).rejects.toThrow(/^there is no model "openai\/gpt-0"; there are: openai\/gpt-6-sol, /u);
  });
});

test("illustration saves a real image and tells of its previews", async () => {
  const { pieces, notes } = await run(illustration);
  expect(pieces).toEqual([`${join(folder, "illustration.png")} (image/png, 11800 bytes)\n`]);
  expect(await readFile(join(folder, "illustration.png"))).toEqual(await readFile(picturePath("fox.png")));
  expect(notes).toEqual([fakeOf("openai", "OPENAI_API_KEY"), "preview 1", "preview 2", "receiving image/png", "openai/gpt-image-2: 10 tokens in, 1056 tokens out, 1 image"]);
});

test("look merges what a language model and a vision service see", async () => {
  const { pieces, notes } = await run(look);
  const lines = pieces.join("").trim().split("\n");
  expect(lines).toContain("description: A man takes a picture of himself in a café, while two cups of coffee wait on the table beside him.");
  expect(lines).toContain('tags: ["human face","person","cup"]');
  expect(lines.map((line) => line.replace(/:.*/u, ""))).toEqual(["description", "captions", "people", "objects", "tags", "textFragments", "detections", "atmosphere", "setting"]);
  expect(notes.slice(0, 2)).toEqual([fakeOf("openai", "OPENAI_API_KEY"), fakeOf("azure", "AZURE_VISION_KEY and AZURE_VISION_ENDPOINT")]);
});

test("transcript writes down what a voice says, and what a file holds", async () => {
  const recording = join(folder, "recording.wav");
  await writeFile(recording, Buffer.concat(soundOf("two words")));
  const [spoken, recorded] = [await run(transcript), await run(transcript, ["openai/whisper-1", recording])];
  expect([spoken.pieces.length > 5, spoken.pieces.join(""), recorded.pieces.join("")]).toEqual([true, "The fox came home before the snow did.\n", "The fox came home before the snow did.\n"]);
  expect(recorded.notes.at(-1)).toMatch(/^openai\/whisper-1: /u);
});

test.each(["openai/gpt-5.4-mini", "anthropic/claude-haiku-5-5"])("object shows an object of %s as it comes, and then the whole", async (model) => {
  const { pieces } = await run(object, [model]);
  const partials = pieces.slice(0, -1).map((piece) => JSON.parse(piece) as object);
  expect(partials.length).toBeGreaterThan(5);
  expect(partials).toContainEqual({ title: "The Lantern" });
  expect(pieces.at(-1)).toBe("{\n  title: 'The Lantern',\n  hero: { name: 'Ada', kind: 'fox' },\n  places: [ 'the frozen river', 'the lighthouse' ],\n  mood: 'hopeful'\n}\n");
});

describe("video", () => {
  test("is saved, and how far it is is told", async () => {
    const { pieces, notes } = await run(video);
    expect(pieces).toEqual([`${join(folder, "video.mp4")} (video/mp4, ${runwayReplies.mp4.length} bytes)\n`]);
    expect(await readFile(join(folder, "video.mp4"))).toEqual(Buffer.from(runwayReplies.mp4));
    expect(notes).toEqual([fakeOf("runway", "RUNWAYML_API_SECRET"), "PENDING", "THROTTLED", "RUNNING: 50 %", "RUNNING: 75 %", "SUCCEEDED: 100 %", "receiving video/mp4", "runway/gen4.5: about 5 seconds"]);
  });

  test("that is stopped leaves no file", async () => {
    const before = await readdir(folder);
    const controller = new AbortController();
    const stopping = run(video, ["runway/gen4.5", "an endless fox"], { signal: controller.signal, onNote: (line) => void (line.startsWith("RUNNING") && controller.abort(new Error("enough"))) });
    await expect(stopping).rejects.toThrow("enough");
    expect(await readdir(folder)).toEqual(before);
  });
});

test.each<readonly [string, Example]>([["story", story], ["illustration", illustration], ["look", look], ["transcript", transcript], ["object", object], ["video", video]])("%s says what it does when it is asked for help, and does nothing else", async (_, example) => {
  const { pieces, notes } = await run(example, ["--help"]);
  expect([pieces.join(""), notes]).toEqual([expect.stringContaining(example.about), []]);
  expect(pieces.join("")).toContain(example.models.join(", "));
});

test("with a key the provider itself is asked, and Ctrl+C ends the program and its connection", async () => {
  await using provider = await fakeOpenai({ key: "sk-of-the-environment", reply: { text: "Once upon a time there was a fox." } });
  const wasAsked = new Promise<void>((resolve) => {
    provider.fault((reply, request) => {
      resolve();
      return faults.stall(400)(reply, request);
    });
  });
  const program = startProgram(join(import.meta.dirname, "story.ts"), { OPENAI_API_KEY: "sk-of-the-environment", OPENAI_BASE_URL: `${provider.url}/v1` });
  await Promise.race([wasAsked, program.ended]);
  program.interrupt();
  const { code, stderr } = await program.ended;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/^openai\/gpt-5\.4-mini: about .*\nstopped\n$/su)]);
  await provider.idle();
});

test("whoever stops reading the output ends the program", async () => {
  const loader = join(import.meta.dirname, "../../packages/pages/src/source-loader.mjs");
  const child = spawn(process.execPath, ["--no-warnings", "--conditions=@iftk/source", "--import", loader, join(import.meta.dirname, "object.ts")], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = (await once(child, "close")) as [number];
  expect([code, stderr]).toEqual([130, expect.stringMatching(/stopped\n$/u)]);
});
