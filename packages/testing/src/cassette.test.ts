import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bidi, collect, inputStream, map, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import { cassetteFile } from "./cassette-file.js";
import { parseCassette } from "./cassette.js";
import { play } from "./play.js";
import { record } from "./record.js";
import { recordCassette } from "./record-cassette.js";
import { replay } from "./replay.js";
import { countedAbort, turns } from "./signals.js";
import { failing, feed, tracked } from "./sources.js";
import { stageLaws } from "./stage-laws.js";
import { virtualClock } from "./virtual-clock.js";

const told = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const textOf = async (stage: Parameters<typeof recordCassette>[0], run: (stage: never) => Promise<unknown>): Promise<string> => {
  const recording = recordCassette(stage);
  await told(run(recording.stage as never));
  return recording.text();
};

const script = outputStream((pattern: string) => play(pattern));
const length = unary(async function length(word: string) {
  return Promise.resolve(word.length);
});
const upper = map((word: string) => word.toUpperCase());
const total = inputStream(async function total(numbers: Stream<number>) {
  return (await collect(numbers)).reduce((sum, n) => sum + n, 0);
});

describe("a recording", () => {
  test("has chunks, timing and the end of each call", async () => {
    using clock = virtualClock().install();
    const { stage, text } = recordCassette(script, { clock });
    expectTypeOf(stage).toEqualTypeOf<typeof script>();
    expect(await clock.until(collect(stage("-a(bc)--d|")))).toEqual(["a", "b", "c", "d"]);
    expect(await told(clock.until(collect(stage("a-#"))))).toBeInstanceOf(StageError);
    expect(JSON.parse(text())).toEqual({
      format: "iftk-cassette",
      version: 1,
      label: "output-stream",
      mode: "output-stream",
      calls: [
        { input: ["-a(bc)--d|"], inputEnded: false, output: [{ at: 10, taken: 1, values: ["a"] }, { at: 20, taken: 1, values: ["b", "c"] }, { at: 50, taken: 1, values: ["d"] }], end: { kind: "end", at: 60, taken: 1 } },
        { input: ["a-#"], inputEnded: false, output: [{ at: 0, taken: 1, values: ["a"] }], end: { kind: "error", at: 20, taken: 1, error: { code: "unavailable", message: "play: the script says that it fails here" } } },
      ],
    });
  });

  test("says which inputs were taken before each output", async () => {
    const cassette = parseCassette(await textOf(upper, (stage: typeof upper) => collect(stage(feed("a", "b")))));
    const [call] = cassette.calls;
    expect({ ...call, output: call?.output.map(({ taken, joined, values }) => ({ taken, joined, values })), end: call?.end.kind }).toEqual({
      input: ["a", "b"],
      inputEnded: true,
      output: [{ taken: 1, joined: undefined, values: ["A"] }, { taken: 2, joined: true, values: ["B"] }],
      end: "end",
    });
  });

  test("knows a call that was left, or aborted, from one that failed", async () => {
    const { stage, text } = recordCassette(script);
    for await (const value of stage("(ab|)")) {
      void value;
      break;
    }
    const abort = countedAbort();
    const read = told(collect(stage("(ab)", { signal: abort.signal })));
    await turns(2);
    abort.abort(new Error("enough"));
    await read;
    expect(parseCassette(text()).calls.map(({ output, end: { kind } }) => [output.flatMap(({ values }) => values), kind])).toEqual([[["a"], "left"], [["a", "b"], "left"]]);
  });

  test("keeps no causes and no keys", async () => {
    const secret = "sk-abcdefghijklmnopqrstu";
    const leaky = unary((_: unknown): number => {
      throw new StageError("unauthenticated", `the key ${secret} was refused; Authorization: Bearer ${secret}`, { reason: "key", retryAfter: 5, cause: new Error(secret) });
    });
    const text = await textOf(leaky, (stage: typeof leaky) => stage({ apiKey: secret, note: "password=hunter2 & more", list: [1, null] }));
    expect(text).not.toContain("abcdef");
    expect(parseCassette(text).calls[0]).toMatchObject({
      input: [{ apiKey: "[redacted]", note: "password=[redacted] & more", list: [1, null] }],
      end: { kind: "error", error: { code: "unauthenticated", message: "the key [redacted] was refused; Authorization: Bearer [redacted]", reason: "key", retryAfter: 5 } },
    });
    await expect(replay<typeof leaky>(text)({ apiKey: secret, note: "password=other & more", list: [1, null] })).rejects.toThrow("the key [redacted] was refused");
  });

  test.for([
    [{ audio: new Uint8Array(2) }, "output 1 of call 1 has at .audio a Uint8Array"],
    [[1, { at: new Date(0) }], "output 1 of call 1 has at .1.at a Date"],
    [undefined, "output 1 of call 1 is undefined"],
    [Number.NaN, "output 1 of call 1 is NaN"],
    [{ n: 5n }, "output 1 of call 1 has at .n a bigint"],
  ] as const)("refuses %s", async ([value, problem]) => {
    const { stage } = recordCassette(unary((_: number): unknown => value));
    await expect(stage(1)).rejects.toThrow(`recordCassette: ${problem}`);
  });

  test("refuses what holds itself, and leaves out what is undefined", async () => {
    const loop: Record<string, unknown> = { a: undefined };
    const { stage, text } = recordCassette(unary((_: number): unknown => loop));
    await stage(1);
    loop["self"] = loop;
    await expect(stage(1)).rejects.toThrow("has at .self a value that holds itself");
    expect(parseCassette(text()).calls[0]?.output[0]?.values).toEqual([{}]);
  });
});

describe("a replay", () => {
  test("gives the same in all four modes", async () => {
    const unaryText = await textOf(length, async (stage: typeof length) => [await stage("abc"), await stage("a")]);
    const totalText = await textOf(total, (stage: typeof total) => stage(feed(1, 2)));
    const upperText = await textOf(upper, (stage: typeof upper) => collect(stage(feed("a", "b"))));
    const scriptText = await textOf(script, (stage: typeof script) => collect(stage("ab(cd|)")));
    const again = replay<typeof length>(unaryText);
    expect([again.mode, again.label, await again("a"), await again("abc"), await again("a")]).toEqual(["unary", "length", 1, 3, 1]);
    expect([await replay<typeof total>(totalText)(feed(1, 2)), await collect(replay<typeof upper>(upperText)(feed("a", "b"))), await collect(replay<typeof script>(scriptText)("ab(cd|)"))]).toEqual([3, ["A", "B"], ["a", "b", "c", "d"]]);
  });

  test("keeps the chunks in no time, and the timing on a clock", async () => {
    using clock = virtualClock().install();
    const recording = recordCassette(script);
    await clock.until(told(collect(recording.stage("-a(bc)--d#"))));
    expect(await clock.until(record(replay<typeof script>(recording.text(), { clock })("-a(bc)--d#")))).toBe("-a(bc)--d#");
    expect(await clock.until(record(replay<typeof script>(recording.text(), { clock: "runtime" })("-a(bc)--d#")))).toBe("-a(bc)--d#");
    const again = recordCassette(replay<typeof script>(recording.text()));
    const before = clock.now;
    await told(collect(again.stage("-a(bc)--d#")));
    expect([clock.now - before, parseCassette(again.text()).calls[0]?.output.map(({ values }) => values)]).toEqual([0, [["a"], ["b", "c"], ["d"]]]);
  });

  test("takes inputs as they were taken: an answer comes before the next input", async () => {
    const text = await textOf(upper, (stage: typeof upper) => collect(stage(feed("a", "b"))));
    const source = tracked(play("a"));
    const iterator = replay<typeof upper>(text)(source)[Symbol.asyncIterator]();
    expect([await iterator.next(), source.pulled]).toEqual([{ done: false, value: "A" }, 1]);
    await iterator.return?.();
  });

  test("fails with the same error at the same place", async () => {
    const error = new StageError("resource_exhausted", "slow down", { reason: "rate-limit", retryAfter: 100, stage: "chat" });
    const limited = bidi(async function* limited(input: Stream<string>) {
      yield* failing(error, "a", "b");
      yield* input;
    });
    const text = await textOf(limited, (stage: typeof limited) => collect(stage(feed("x"))));
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const value of replay<typeof limited>(text)(feed("x"))) seen.push(value);
    };
    expect([await told(read()), seen]).toEqual([error, ["a", "b"]]);
  });

  test("refuses an input that differs, a call that was not recorded, and to go on where the recording was left", async () => {
    const text = await textOf(upper, (stage: typeof upper) => collect(stage(feed("a", "b"))));
    const problem = async (input: Stream<string>): Promise<unknown> => ((await told(collect(replay<typeof upper>(text)(input)))) as Error).message;
    expect([await problem(feed("a", "x")), await problem(feed("a")), await problem(feed("a", "b", "c"))]).toEqual([
      'replay: the input differs from the recording: its value 2 is "x", where it was "b"; record it again',
      "replay: the input differs from the recording: it ends after 1 value, where 2 were taken; record it again",
      'replay: the input differs from the recording: it goes on with "c", where it ended after 2 values; record it again',
    ]);
    const stage = replay<typeof upper>(text);
    await collect(stage(feed("a", "b")));
    await expect(collect(stage(feed("a", "b")))).rejects.toThrow("1 call of map is on the cassette, and none is left for this one");
    const unaryText = await textOf(length, (stage: typeof length) => stage("abc"));
    await expect(replay<typeof length>(unaryText)("b")).rejects.toThrow('none with the input "b"');
    const leftText = await textOf(script, async (stage: typeof script) => {
      for await (const value of stage("(ab|)")) if (value) break;
    });
    await expect(collect(replay<typeof script>(leftText)("(ab|)"))).rejects.toThrow("the recording was left after 1 value");
  });

  test.for([
    ["nonsense", "the cassette is not JSON"],
    ["{}", "this JSON is no cassette"],
    ['{"format":"iftk-cassette","version":2,"mode":"unary","calls":[]}', "the cassette has version 2 and this package reads version 1"],
    ['{"format":"iftk-cassette","version":1,"mode":"unary","calls":[{"input":[]}]}', "call 1 of the cassette is damaged"],
  ] as const)("refuses %s", ([text, problem]) => {
    expect(() => replay(text)).toThrow(problem);
  });
});

const recordedUpper = await textOf(upper, (stage: typeof upper) => collect(stage(feed("a", "b"))));
const recordedScript = await textOf(script, (stage: typeof script) => collect(stage("(ab)-(cd|)")));
stageLaws("a stage under recording", { stage: () => recordCassette(upper).stage, input: ["a", "b"], output: ["A", "B"] });
stageLaws("a replay over a stream", { stage: () => replay(recordedUpper), input: ["a", "b"], output: ["A", "B"] });
stageLaws("a replay of one value", { stage: () => replay(recordedScript), input: ["(ab)-(cd|)"], output: ["a", "b", "c", "d"], hanging: () => replay(recordedScript, { clock: virtualClock() }) });

describe("a cassette in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "iftk-cassette-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is recorded where it is missing, and replayed from then on", async () => {
    const path = join(folder, "deep/length.cassette.json");
    let calls = 0;
    const counted = unary(async (word: string) => {
      calls++;
      return word.length;
    });
    expect(() => cassetteFile(path, counted, { record: "never" })).toThrow("is missing; record it where unary can be called");
    const results = [await cassetteFile(path, counted)("abc"), await cassetteFile(path, counted)("abc"), await cassetteFile(path, counted, { record: "never" })("abc")];
    expect([results, calls, parseCassette(readFileSync(path, "utf8")).calls.length]).toEqual([[3, 3, 3], 1, 1]);
    await cassetteFile(path, counted, { record: "always" })("ab");
    expect([calls, parseCassette(readFileSync(path, "utf8")).calls[0]?.input]).toEqual([2, ["ab"]]);
  });
});
