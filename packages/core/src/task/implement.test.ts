import { countedAbort, feed, hang, stageLaws } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { flavours, longWords, type Word } from "../fixtures/word-task.js";
import { bidi, collect, explain, pipe, unary, type AnyStage, type Bidi, type Stream } from "../index.js";
import { defineModel, defineTask, flavourOf, implement, runWithin, type AnyImplementation } from "./index.js";

const names = ["unary", "outputStream", "inputStream", "bidi"] as const;
const text = "a tale of two small foxes";
const found: Word[] = [{ start: 2, word: "tale" }, { start: 10, word: "two" }, { start: 14, word: "small" }, { start: 20, word: "foxes" }];

const only = (name: (typeof names)[number]) => implement(longWords, { [name]: flavours[name] } as { readonly bidi: typeof flavours.bidi });

describe.each(names)("an implementation that gives %s alone", (name) => {
  const served = only(name);

  test("serves all four flavours with the same result", async () => {
    expect([
      await served.run(text),
      { words: await collect(served.outputStream(text)) },
      await served.inputStream(feed("a ta", "le of two smal", "", "l foxes")),
      { words: await collect(served.bidi(feed("a tale of", " two small foxes"))) },
    ]).toEqual(names.map(() => ({ words: found })));
  });

  test("gives its parameters to each of them", async () => {
    const picky = served.with({ least: 5 });
    expect([await picky.run(text), await picky.inputStream(feed(text)), { words: await collect(picky.outputStream(text)) }, { words: await collect(picky.bidi(feed(text))) }]).toEqual(
      names.map(() => ({ words: found.slice(2) })),
    );
  });

  stageLaws("its unary flavour", { stage: () => served.unary, input: [text], output: [{ words: found }] });
  stageLaws("its output stream", { stage: () => served.outputStream, input: [text], output: found });
  stageLaws("its input stream", { stage: () => served.inputStream, input: [text], output: [{ words: found }] });
  stageLaws("its bidi flavour", { stage: () => served.bidi, input: ["a tale of two ", "small foxes"], output: found, ...(name === "bidi" ? { readsAhead: 1 } : {}) });
});

test("results leave before the last input arrives where the implementation streams both", async () => {
  const results = only("bidi").bidi(hang("a tale of two"))[Symbol.asyncIterator]();
  expect((await results.next()).value).toEqual(found[0]);
  void results.return?.();
});

test("an output stream is cut from the input where it is not given, so that results leave early", async () => {
  const read: string[] = [];
  const spy = bidi(async function* spy(parts: Stream<string>) {
    for await (const part of parts) {
      read.push(part);
      yield part;
    }
  });
  const results = implement(longWords, { bidi: (parts, call) => flavours.bidi(spy(parts, call), call) }).outputStream(text)[Symbol.asyncIterator]();
  await results.next();
  expect(read.join("")).toBe("a tale ");
  await results.return?.();
});

test("explain prints the route and what it holds back", () => {
  const upper = implement(longWords, { unary: async function find() {
    return { words: [] };
  } });
  expect([explain(upper.bidi), explain(upper.unary)]).toEqual([
    [
      "long-words  bidi           by unary; waits for the whole input; gives parts once the output is whole",
      "  text      input-stream   reads its input to the end",
      "  find      unary",
      "  each      output-stream",
    ].join("\n"),
    "long-words  unary  as implemented",
  ]);
});

test("the best route is taken: a flavour as it was given, then one that keeps streams streaming, then the shortest", () => {
  const routes = (given: readonly (typeof names)[number][]) => {
    const some = implement(longWords, Object.fromEntries(given.map((name) => [name, flavours[name]])) as { readonly bidi: typeof flavours.bidi });
    return names.map((name) => /(?:by ([a-z-]+)|as implemented)/.exec(explain(some[name] as AnyStage))?.[1] ?? "itself");
  };
  expect([routes([...names]), routes(["unary", "bidi"]), routes(["unary", "inputStream"]), routes(["outputStream", "inputStream"]), routes(["unary", "outputStream"])]).toEqual([
    ["itself", "itself", "itself", "itself"],
    ["itself", "bidi", "bidi", "itself"],
    ["itself", "unary", "itself", "input-stream"],
    ["output-stream", "itself", "itself", "output-stream"],
    ["itself", "itself", "unary", "output-stream"],
  ]);
});

test("a stage deep within a pipeline reads the parameters of the call; outside of one that is refused", async () => {
  const find: Bidi<string, Word> = bidi((parts, call) => flavours.bidi(parts, { ...call, parameters: longWords.parametersOf(call) }));
  const piped = implement(longWords, { bidi: pipe(bidi((parts: Stream<string>) => parts), find) });
  expect(await piped.with({ least: 5 }).run(text)).toEqual({ words: found.slice(2) });
  expect(() => longWords.parametersOf({})).toThrow(expect.objectContaining({ code: "failed_precondition" }));
});

test("an implementation within another takes the parameters of the call, unless it has its own", async () => {
  const inner = only("bidi");
  const outer = (within: typeof inner) => implement(longWords, { bidi: within.bidi }).with({ least: 5 });
  expect([await outer(inner).run(text), await outer(inner.with({ least: 1 })).run("a b")]).toEqual([{ words: found.slice(2) }, { words: [{ start: 0, word: "a" }, { start: 2, word: "b" }] }]);
});

test("parameters that do not fit are refused when they are given, missing ones when it is called", async () => {
  const strict = defineTask({ name: "strict", input: { whole: z.string() }, output: { whole: z.string() }, parameters: z.object({ to: z.string() }) });
  const echo = implement(strict, { unary: async (input, { parameters }) => `${input} ${parameters.to}` });
  const plain = implement(defineTask({ name: "plain", input: { whole: z.string() }, output: { whole: z.string() } }), { unary: async (input) => input });
  expect(() => only("bidi").with({ least: 0 })).toThrow(/^long-words: parameters: least: /);
  expect(() => echo.with({ to: 1 as never })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  expect(() => plain.with({ odd: 1 } as never)).toThrow('plain has no parameters; got "odd"');
  await expect(echo.run("a")).rejects.toMatchObject({ code: "invalid_argument" });
  expect(await echo.with({ to: "b" }).run("a")).toBe("a b");
});

test("an asynchronous schema of parameters is refused", () => {
  const slow = defineTask({ name: "slow", input: { whole: z.string() }, output: { whole: z.string() }, parameters: z.object({ to: z.string().refine(async () => true) }) });
  expect(() => implement(slow, { unary: async (input) => input }).with({ to: "b" })).toThrow(expect.objectContaining({ code: "failed_precondition" }));
});

test("a side without parts is a stream of exactly one value", async () => {
  const length = defineTask({ name: "length", input: { whole: z.string() }, output: { whole: z.number() } });
  const served = implement(length, { unary: (input) => input.length });
  expect([await collect(served.bidi(feed("abc"))), await served.inputStream(feed("ab"))]).toEqual([[3], 2]);
  await expect(served.inputStream(feed("a", "b"))).rejects.toMatchObject({ code: "invalid_argument" });
  await expect(served.inputStream(feed())).rejects.toMatchObject({ code: "invalid_argument" });
});

describe("runBatch", () => {
  const length = defineTask({ name: "length", input: { whole: z.string() }, output: { whole: z.number() } });
  const failure = new Error("no blanks");
  const lengthOf = (input: string): number => {
    if (input.includes(" ")) throw failure;
    return input.length;
  };

  test("calls the unary flavour for each input, and an input that fails fails alone", async () => {
    expect(await implement(length, { unary: lengthOf }).runBatch(["a", "b b", "ccc"])).toEqual([1, failure, 3]);
  });

  test("that is given serves the unary flavour, too", async () => {
    const sizes: number[] = [];
    const batched = implement(length, {
      runBatch: async (inputs) => {
        sizes.push(inputs.length);
        return inputs.map((input) => (input === "" ? failure : input.length));
      },
    });
    expect([await batched.runBatch(["a", "", "ccc"]), await batched.run("four")]).toEqual([[1, failure, 3], 4]);
    await expect(batched.run("")).rejects.toBe(failure);
    expect(sizes).toEqual([3, 1, 1]);
  });

  test("that loses a result is an error", async () => {
    await expect(implement(length, { runBatch: async () => [] }).runBatch(["a"])).rejects.toMatchObject({ code: "internal" });
  });

  test("stops at an abort and rejects with its reason", async () => {
    const { signal, abort } = Object.assign(countedAbort(), {});
    const reason = new Error("enough");
    const calls: string[] = [];
    const served = implement(length, {
      unary: async (input) => {
        calls.push(input);
        abort(reason);
        return input.length;
      },
    });
    await expect(served.runBatch(["a", "b"], { signal })).rejects.toBe(reason);
    expect(calls).toEqual(["a"]);
  });
});

test.each<[string, () => unknown, string]>([
  ["no flavour", () => implement(longWords, {} as never), "give at least one of"],
  ["an unknown flavour", () => implement(longWords, { stream: flavours.bidi } as never), 'there is no flavour "stream"'],
  ["a flavour that is no function", () => implement(longWords, { bidi: {} } as never), "bidi must be a function"],
  ["a stage of another mode", () => implement(longWords, { bidi: unary(async (input: never) => input) as never }), "bidi was given a stage in the mode unary"],
  ["a bad name", () => defineTask({ name: "Long Words", input: { whole: z.string() }, output: { whole: z.string() } }), "small words joined by hyphens"],
  // @ts-expect-error what the compiler refuses is refused without it, too
  ["parts that cannot be made", () => defineTask({ name: "half", input: { whole: z.string(), part: z.number() }, output: { whole: z.string() } }), "give both splitInput and joinInput"],
  ["a conversion in the wrong mode", () => defineTask({ ...longWords, splitInput: longWords.joinInput } as never), "splitInput must be a stage in the mode output-stream"],
  ["a model without tasks", () => defineModel({ id: "m", tasks: [] }), "does no task"],
  ["a model with a task twice", () => defineModel({ id: "m", tasks: [only("bidi"), only("unary")] }), "implements long-words twice"],
  ["a model with a bad id", () => defineModel({ id: "m m", tasks: [only("bidi")] }), "no blanks"],
])("%s is refused where it is declared", (_name, declare, message) => {
  expect(declare).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(message) }));
});

describe("a model", () => {
  const length = defineTask({ name: "length", input: { whole: z.string() }, output: { whole: z.number() } });
  let frees = 0;
  const model = defineModel({ id: "words-1", tasks: [only("bidi"), implement(length, { unary: (input) => input.length })], dispose: () => void frees++ });

  test("gives each of its tasks to whoever loads it", async () => {
    expect([await longWords.load(model).run("some words"), await length.load(model).run("some")]).toEqual([{ words: [{ start: 0, word: "some" }, { start: 5, word: "words" }] }, 4]);
    const loaded: AnyImplementation = longWords.load(model);
    expect(flavourOf(loaded, "output-stream")).toBe(loaded.outputStream);
  });

  test("refuses a task that it does not do", () => {
    const other = defineTask({ name: "other", input: { whole: z.string() }, output: { whole: z.string() } });
    expect(() => other.load(model)).toThrow(expect.objectContaining({ code: "invalid_argument", reason: "task", message: "the model words-1 does not do other; it does long-words, length" }));
  });

  test("frees what it holds once", async () => {
    await model[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    expect(frees).toBe(1);
  });
});

test("within a stage, a flavour that was given is called with the signal of that stage, and another one runs as a stage", async () => {
  const signals: AbortSignal[] = [];
  const served = implement(longWords, {
    unary: (input, call) => {
      signals.push(call.signal);
      return flavours.unary(input, call);
    },
  }).with({ least: 5 });
  const call = { signal: new AbortController().signal };
  const expected = { words: found.slice(2) };
  expect([await runWithin(served, "unary", text, call), { words: await collect(runWithin(served, "output-stream", text, call) as Stream<Word>) }]).toEqual([expected, expected]);
  expect(signals.map((signal) => signal === call.signal)).toEqual([true, false]);
});
