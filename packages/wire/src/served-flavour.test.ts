import { bidi as bidiOf, collect, from, ready } from "@iftk/core";
import type { AnyStage, Bidi, InputStream, Mode, OutputStream, ReadyStream, StageError, Stream, Unary } from "@iftk/core";
import { defineModel, defineTask, implement } from "@iftk/core/task";
import { countedAbort, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { resolve, shout, whisper } from "./fixtures/shout.js";
import { checkTaskRequest, servedFlavour } from "./served-flavour.js";

const served = (mode: Mode): AnyStage => servedFlavour(shout, mode, resolve);
const unary = served("unary") as Unary<unknown, unknown>;
const outputStream = served("output-stream") as OutputStream<unknown, unknown>;
const inputStream = served("input-stream") as InputStream<unknown, unknown>;
const bidi = served("bidi") as Bidi<unknown, unknown>;

const messages = [{ model: "loud", parameters: { mark: "." } }, { input: "a" }, { input: "b" }, { input: "c" }];
const shouts = ["A.", "B.", "C."];
const failure = async (run: Promise<unknown>): Promise<unknown> => run.then(String, ({ code, reason, message }: StageError) => [code, reason, message]);

const silent = (mode: Mode): AnyStage => servedFlavour(shout, mode, () => resolve("mute"));
stageLaws("a served unary flavour", { stage: () => unary, input: [{ input: "ab" }], output: [{ marks: ["A!", "B!"] }], hanging: () => silent("unary") });
stageLaws("a served output stream", { stage: () => outputStream, input: [{ input: "ab" }], output: ["A!", "B!"], hanging: () => silent("output-stream") });
stageLaws("a served input stream", { stage: () => inputStream, input: messages, output: [{ marks: shouts }] });
stageLaws("a served bidi flavour", { stage: () => bidi, input: messages.slice(1), output: ["A!", "B!", "C!"] });

describe("a served flavour", () => {
  it("takes model and parameters from the first message, which may have no input", async () => {
    expect([
      await collect(bidi(feed(...messages))),
      await collect(bidi(feed({ input: "a", parameters: { mark: "?" } }, { input: "b" }))),
      await collect(bidi(feed({ model: "noisy" }))),
      await collect(bidi(feed())),
      await inputStream(feed(...messages)),
    ]).toEqual([shouts, ["A?", "B?"], [], [], { marks: shouts }]);
  });

  it("gives each call its own parameters, and each model its own, however many there were before", async () => {
    const marks = Array.from({ length: 200 }, (_, index) => String.fromCodePoint(0x100 + (index % 130)));
    expect(await Promise.all(marks.map((mark) => collect(outputStream({ input: "a", parameters: { mark } }))))).toEqual(marks.map((mark) => [`A${mark}`]));
    const echo = defineTask({ name: "echo", input: { whole: z.string() }, output: { whole: z.string() }, parameters: z.object({ end: z.string().nullable() }) });
    const models = ["a", "b"].map((id) => defineModel({ id, tasks: [implement(echo, { unary: (input, { parameters }) => id + input + parameters.end })] }));
    const say = servedFlavour(echo, "unary", async (id) => models.find((model) => model.id === id) ?? Promise.reject(new Error("none"))) as Unary<unknown, unknown>;
    const calls = [["a", "."], ["b", "."], ["a", null], ["a", "."]] as const;
    expect(await Promise.all(calls.map(([model, end]) => say({ model, input: "-", parameters: { end } })))).toEqual(["a-.", "b-.", "a-null", "a-."]);
    await expect(say({ model: "a", input: "-", parameters: { end: Infinity } })).rejects.toMatchObject({ code: "invalid_argument" });
    const parameters = { end: "." };
    const before = await say({ model: "a", input: "-", parameters });
    parameters.end = "!";
    expect([before, await say({ model: "a", input: "-", parameters })]).toEqual(["a-.", "a-!"]);
    await expect(say({ model: "a", input: "-", parameters: Object.assign(["!"], {}) })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("runs before there is any input, and gives the first output before the last input", async () => {
    const given: string[] = [];
    async function* inputs(): Stream<unknown> {
      yield { model: "loud" };
      yield { input: "a" };
      given.push("a");
      yield { input: "b" };
      given.push("b");
    }
    const seen: unknown[] = [];
    for await (const value of bidi(inputs())) seen.push(value, [...given]);
    expect(seen).toEqual(["A!", [], "B!", ["a"]]);

    const ready = bidiOf(async function* ready(): Stream<string> {
      yield "ready";
    });
    const early = defineModel({ id: "early", tasks: [implement(shout, { bidi: ready })] });
    expect(await collect((servedFlavour(shout, "bidi", async () => early) as typeof bidi)(feed({})))).toEqual(["ready"]);
  });

  it("hands on what is ready at once as one batch, in which a bad message comes after the good ones", async () => {
    const values = [{ input: "a" }, { input: "b" }, { input: 1 }];
    const seen: unknown[] = [];
    const echo = implement(whisper, { bidi: (texts: Stream<string>) => texts });
    const stage = servedFlavour(whisper, "bidi", async () => defineModel({ id: "echo", tasks: [echo] })) as Bidi<unknown, string>;
    const reader = (stage(from(values)) as ReadyStream<string>)[ready]();
    const error = await (async () => {
      for (let batch; (batch = await reader.read()); ) seen.push([...batch]);
    })().catch(({ message }: Error) => message);
    expect([seen, error]).toEqual([[["a", "b"]], "whisper: message 3: input: Invalid input: expected string, received number"]);
  });

  it("names the task, the field and the place of what does not fit", async () => {
    const wrong = (request: unknown) => failure(unary(request));
    const wrongStream = (...requests: readonly unknown[]) => failure(collect(bidi(feed(...requests))));
    expect([
      await wrong("ab"),
      await wrong([]),
      await wrong({ input: 1 }),
      await wrong({ inputs: "ab" }),
      await wrong({ input: "ab", model: 7 }),
      await wrong({ input: "ab", parameters: { mark: "!!" } }),
      await wrong({ input: "ab", model: "quiet" }),
      await wrongStream({ input: "a" }, { input: "abc" }),
      await wrongStream({ input: "a" }, {}),
      await wrongStream({}, { input: "a", model: "loud" }),
      await wrongStream({ input: "a" }, { input: "b", parameters: {} }),
      await wrongStream(null),
      await failure((servedFlavour(whisper, "unary", resolve) as Unary<unknown, unknown>)({ input: "ab" })),
    ]).toEqual([
      ["invalid_argument", undefined, "shout: expected an object with input, and perhaps model and parameters; got string"],
      ["invalid_argument", undefined, "shout: expected an object with input, and perhaps model and parameters; got an array"],
      ["invalid_argument", undefined, "shout: text: Invalid input: expected string, received number"],
      ["invalid_argument", undefined, 'shout: there is no field "inputs"; a request has model, input and parameters'],
      ["invalid_argument", undefined, "shout: model must be the id of a model, a string; got number"],
      ["invalid_argument", undefined, "shout: parameters: mark: Too big: expected string to have exactly 1 characters"],
      ["not_found", "model", "There is no model quiet."],
      ["invalid_argument", undefined, "shout: message 2: text: Too big: expected string to have <=2 characters"],
      ["invalid_argument", undefined, "shout: message 2: text: Invalid input: expected string, received undefined"],
      ["invalid_argument", undefined, "shout: message 2: only the first message of a stream carries model and parameters"],
      ["invalid_argument", undefined, "shout: message 2: only the first message of a stream carries model and parameters"],
      ["invalid_argument", undefined, "shout: message 1: expected an object with input, and perhaps model and parameters; got null"],
      ["invalid_argument", "task", "the model loud does not do whisper; it does shout"],
    ]);
  });

  it("takes bytes on a stream for an input, and checks by schemas that wait, in order", async () => {
    const bytes = defineTask({ name: "sizes", input: { whole: z.instanceof(Uint8Array).refine(async (value) => value.length < 9, "too long") }, output: { whole: z.number() } });
    const sizes = bidiOf(async function* sizes(values: Stream<Uint8Array>): Stream<number> {
      for await (const value of values) yield value.length;
    });
    const model = defineModel({ id: "sizes", tasks: [implement(bytes, { bidi: sizes })] });
    const stage = servedFlavour(bytes, "bidi", async () => model) as Bidi<unknown, number>;
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const size of stage(feed<unknown>(new Uint8Array(3), { input: new Uint8Array(4) }, new Uint8Array(9)))) seen.push(size);
    };
    const error = await failure(run());
    expect([seen, error]).toEqual([[3, 4], ["invalid_argument", undefined, "sizes: message 3: input: too long"]]);
  });

  it("hears the signal and the deadline while a model is being found, and closes the messages", async () => {
    const never = servedFlavour(shout, "bidi", () => new Promise(() => {})) as Bidi<unknown, unknown>;
    const source = tracked(hang({ input: "a" }));
    const abort = countedAbort();
    const pending = collect(never(source, { signal: abort.signal }));
    await turns(5);
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    expect([source.pulled, source.closed, abort.listeners]).toEqual([1, 1, 0]);
    expect(await failure(collect(never(feed({}), { deadline: Date.now() + 5 })))).toEqual(["deadline_exceeded", undefined, expect.any(String)]);
  });

  it("can check a request without running it", async () => {
    const call = { signal: new AbortController().signal };
    const check = (request: unknown): Promise<unknown> => checkTaskRequest(shout, request, resolve, call).catch(({ code }: StageError) => code);
    expect([await check({ input: "?" }), await check({ input: "a", model: "quiet" }), await check({ input: 1 }), await check({ input: "a", parameters: { mark: "" } })]).toEqual([undefined, "not_found", "invalid_argument", "invalid_argument"]);
  });
});
