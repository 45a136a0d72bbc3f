import { bidi, collect, inputStream, map, outputStream, pipe, StageError, unary, type Stream } from "@iftk/core";
import { expect, test } from "vitest";
import { formatMarbles, parseMarbles } from "./marble-script.js";
import { play } from "./play.js";
import { marbles, record } from "./record.js";
import { seeded, type SeededRandom } from "./seeded.js";
import { stageLaws } from "./stage-laws.js";
import { virtualClock } from "./virtual-clock.js";

/** A script in its shortest form. */
function randomScript(random: SeededRandom): string {
  const letters = (count: number): string => Array.from({ length: count }, () => Array.from("abcdé🦊1")[random.below(7)]).join("");
  let script = "";
  for (let left = random.below(12); left > 0; left--) script += ["-", letters(1), `(${letters(2 + random.below(3))})`][random.below(3)] ?? "";
  return script + (["", "|", "#", `(${letters(1 + random.below(2))}|)`, `(${letters(1)}#)`][random.below(5)] ?? "");
}

test("a script that is parsed and written again is the same", () => {
  for (let seed = 0; seed < 500; seed++) {
    const script = randomScript(seeded(seed));
    expect(formatMarbles(parseMarbles(script))).toBe(script);
  }
});

test("a script that is played and recorded is the same, through a stage too", async () => {
  for (let seed = 0; seed < 40; seed++) {
    const script = randomScript(seeded(seed));
    const { steps } = parseMarbles(script);
    const clock = virtualClock();
    const played = await clock.until(record(play(script, {}, { clock }), { clock, ...(/[|#]/.test(script) ? {} : { steps }) }));
    expect([seed, played]).toEqual([seed, script]);
    expect(clock.timers).toBe(0);
  }
});

test("every character takes a step, a group one, blanks none", () => {
  expect(parseMarbles(" -- a (b|) ")).toEqual({
    marbles: [{ kind: "value", letter: "a", step: 2 }, { kind: "value", letter: "b", step: 3 }, { kind: "end", letter: "|", step: 3 }],
    steps: 4,
  });
});

test.for([
  ["a(b", 'a ( without its ) at column 2 of "a(b"'],
  ["a)", 'a ) without its ( at column 2 of "a)"'],
  ["(a(b))", "a group within a group at column 3"],
  ["()", "an empty group at column 2"],
  ["(a-)", "a step of time within a group at column 3"],
  ["a|-", '"-" after the end at column 3'],
  ["#|", '"|" after the end at column 2'],
] as const)("the script %s is refused", ([script, problem]) => {
  expect(() => play(script)).toThrow(problem);
});

const slowly = bidi(async function* slowly(input: Stream<string>) {
  for await (const value of input) {
    await new Promise((resolve) => void setTimeout(resolve, 20));
    yield value.toUpperCase();
  }
});

test("marbles shows what a stage makes of a script, with the timers of the stage on the clock", async () => {
  const shown = [await marbles(slowly, "-a----b|"), await marbles(slowly, "(abc|)"), await marbles(pipe(slowly, slowly), "a-b---#")];
  expect(shown).toEqual(["---A----(B|)", "--A-B-(C|)", "----A---(B#)"]);
});

test("values have letters", async () => {
  const parity = map((n: number) => ({ even: n % 2 === 0 }));
  expect(await marbles(parity, "-a-b|", { values: { a: 1, b: 2 }, outputs: { o: { even: false }, e: { even: true } } })).toBe("-o-e|");
  await expect(marbles(parity, "a|", { values: { a: 1 } })).rejects.toThrow('the value {"even":false} has no letter; name it in values');
});

test("stages of one value are called with the first of the script, at its time", async () => {
  const wait = unary(async function wait(letter: string) {
    await new Promise((resolve) => void setTimeout(resolve, 30));
    return letter;
  });
  const twice = outputStream(async function* twice(letter: string) {
    yield letter;
    yield await wait(letter);
  });
  const count = inputStream(async (letters: Stream<string>) => (await collect(letters)).length);
  expect([await marbles(wait, "-a|"), await marbles(twice, "a"), await marbles(count, "a-b--|")]).toEqual(["----(a|)", "a--(a|)", "-----(2|)"]);
  await expect(marbles(wait, "-|")).rejects.toThrow("wait takes one value and the script \"-|\" has none");
});

test("a stream that does not end is shown for so many steps, and then left", async () => {
  expect([await marbles(slowly, "a---", { steps: 6 }), await marbles(slowly, "", { steps: 3 })]).toEqual(["--A---", "---"]);
  await expect(marbles(bidi(() => play("---")), "|")).rejects.toThrow("the promise is pending at 0 ms and no timer is left");
});

test("an error is shown; one that was not expected is thrown on", async () => {
  const error = new Error("expected");
  const clock = virtualClock();
  expect(await clock.until(record(play("-#", {}, { clock, error }), { clock, error }))).toBe("-#");
  await expect(clock.until(record(play("-#", {}, { clock }), { clock, error }))).rejects.toThrow("the script says that it fails here");
  await expect(marbles(slowly, "#")).resolves.toBe("#");
});

test("what comes between two steps is refused, with what to do", async () => {
  await expect(marbles(slowly, "a|", { step: 15 })).rejects.toThrow("record: A came at 20 ms, which is no whole number of steps of 15 ms; choose a smaller step");
  expect(await marbles(slowly, "a|", { step: 5 })).toBe("----(A|)");
});

test("a consumer that comes late gets what waits, and one that leaves takes its timer along", async () => {
  const clock = virtualClock();
  const iterator = play("ab--c|", {}, { clock })[Symbol.asyncIterator]();
  await iterator.next();
  await clock.advance(1000);
  expect([await iterator.next(), await iterator.next(), await iterator.next(), await iterator.next()].map(({ value }) => value as unknown)).toEqual(["b", "c", undefined, undefined]);
  const left = play("--a", {}, { clock })[Symbol.asyncIterator]();
  const read = left.next();
  expect(clock.timers).toBe(1);
  await left.return?.();
  expect([await read, clock.timers]).toEqual([{ done: true, value: undefined }, 0]);
});

test("a script that fails fails with a StageError unless told otherwise", async () => {
  await expect(collect(play("#"))).rejects.toSatisfy((error) => StageError.is(error) && error.code === "unavailable");
});

stageLaws("a stage over a script", { stage: () => bidi((input: Stream<unknown>) => input), input: ["a", "b"], output: ["a", "b"] });
stageLaws("a stage that plays a script", { stage: () => outputStream(() => play("(ab|)")), hanging: () => outputStream(() => play("")), input: [0], output: ["a", "b"] });
