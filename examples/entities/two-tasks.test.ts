import { execFile, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { remoteTask } from "@iftk/client";
import { collect, from } from "@iftk/core";
import { textClassification, tokenClassification } from "@iftk/inference/tasks";
import { afterAll, beforeAll, describe, expect, test, vi, type MockInstance } from "vitest";

/** The time between two words of the client: the last one waits for what is printed. */
const typing = vi.hoisted(() => ({ wait: (): Promise<void> => Promise.resolve() }));
vi.mock("node:timers/promises", () => ({ setTimeout: () => typing.wait() }));

const hasCurl = spawnSync("curl", ["--version"]).status === 0 || Boolean(process.env["CI"]);
if (!hasCurl) process.stderr.write("WARNING: no curl found, the commands of the README of examples/entities are NOT tried; install it.\n");

const usual = "http://127.0.0.1:3000";
const text = "Ana loved the music in Paris. Leo hated the rain in London.";
const spans = {
  results: [
    { entity: "person", score: 1, start: 0, end: 3, word: "Ana" }, { entity: "place", score: 1, start: 23, end: 28, word: "Paris" },
    { entity: "person", score: 1, start: 30, end: 33, word: "Leo" }, { entity: "place", score: 1, start: 52, end: 58, word: "London" },
  ],
};

describe("the server of one model with two tasks", () => {
  let log: MockInstance<typeof process.stdout.write>;
  let server: Promise<unknown>;
  let url: string;
  const lines = (): string[] => log.mock.calls.map(([line]) => String(line).trim());

  beforeAll(async () => {
    log = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    vi.stubEnv("PORT", "0");
    server = import("./server.js");
    url = await Promise.race([vi.waitUntil(() => /http:\/\/[\w.:]+/.exec(lines()[0] ?? "")?.[0], { timeout: 30_000 }), server.then(() => "none")]);
  }, 40_000);
  afterAll(async () => {
    process.emit("SIGTERM");
    await server;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test("loads the model with the first call, once for both tasks", async () => {
    const state = async () => (await (await fetch(`${url}/info/models`)).json()) as { models: { id: string; state: string; tasks?: string[] }[] };
    expect((await state()).models).toMatchObject([{ id: "tiny", state: "available" }]);
    const answers = await Promise.all([remoteTask(tokenClassification, url, { model: "tiny" }).run(text), remoteTask(textClassification, url, { model: "tiny" }).run("Leo hated the rain in London.")]);
    expect(answers).toEqual([spans, { results: [{ label: "negative", score: 1 }] }]);
    expect((await state()).models).toMatchObject([{ id: "tiny", state: "loaded", tasks: ["token-classification", "text-classification"] }]);
  });

  test.each(["tiny", "tiny-entities", undefined])("does both tasks in all four modes for the id %s", async (model) => {
    const named = model === undefined ? {} : { model };
    const entities = remoteTask(tokenClassification, url, named);
    const sentiment = remoteTask(textClassification, url, named);
    const pieces = () => from(text.match(/.{1,7}/g) ?? []);
    const tiles = await collect(entities.bidi(pieces()));
    expect(tiles.map(({ startIndex, processedIndex }) => text.slice(startIndex, processedIndex))).toEqual(["Ana loved the music in Paris. ", "Leo hated the rain in London."]);
    expect([await entities.inputStream(pieces()), { results: tiles.flatMap(({ results }) => results) }, await collect(entities.outputStream(text))]).toEqual([spans, spans, tiles]);
    const calls = await Promise.all([sentiment.unary(text), collect(sentiment.outputStream(text)), sentiment.inputStream(pieces()), collect(sentiment.bidi(pieces()))]);
    expect(new Set(calls.flat().map((call) => JSON.stringify(call))).size).toBe(1);
  });

  test("refuses a model that it does not have", async () => {
    await expect(remoteTask(tokenClassification, url, { model: "huge" }).run(text)).rejects.toMatchObject({ code: "not_found", reason: "model" });
  });

  test.runIf(hasCurl)("answers curl as the README says", async () => {
    const readme = await readFile(join(import.meta.dirname, "README.md"), "utf8");
    const examples = Array.from(readme.matchAll(/```sh\n(curl.*?)```\n\n```text\n(.*?)```/gs), ([, command = "", answer = ""]) => ({ command, answer }));
    expect(examples).toHaveLength(2);
    for (const { command, answer } of examples) {
      const { stdout } = await promisify(execFile)("sh", ["-c", command.replace(usual, url)]);
      expect(stdout.trim()).toBe(answer.trim());
    }
  });

  test("tells the client of the first sentence before the last word is sent", async () => {
    const first = "Ana loved the music in Paris. (positive): Ana is a person, Paris is a place";
    let words = 0;
    typing.wait = async () => {
      words += 1;
      if (words === 18) await vi.waitUntil(() => lines().includes(first));
    };
    const { argv } = process;
    process.argv = ["node", "client.js", url];
    const before = log.mock.calls.length;
    await import("./client.js").finally(() => (process.argv = argv));
    const said = lines().slice(before);
    const places = ["> Leo", first, "> Berlin."].map((line) => said.indexOf(line));
    expect([words, places, said.at(-1)]).toEqual([18, places.toSorted((one, other) => one - other), "Lena loved the garden in Berlin. (positive): Lena is a person, Berlin is a place"]);
  });
});
