import { expectTypeOf, test } from "vitest";
import * as z from "zod";
import { longWords, type Word } from "../fixtures/word-task.js";
import { bidi, inputStream, outputStream, pipe, unary, type Bidi, type InputStream, type OutputStream, type Stream, type Unary } from "../index.js";
import { defineTask, flavourOf, implement, type Task } from "./index.js";

type Words = { words: Word[] };

type Types = typeof longWords extends Task<infer T> ? T : never;

const served = implement(longWords, { unary: (text, { parameters }) => ({ words: [{ start: parameters.least, word: text }] }) });

test("the flavours have the types of the task", () => {
  expectTypeOf(served.run).toEqualTypeOf<Unary<string, Words>>();
  expectTypeOf(served.outputStream).toEqualTypeOf<OutputStream<string, Word>>();
  expectTypeOf(served.inputStream).toEqualTypeOf<InputStream<string, Words>>();
  expectTypeOf(served.bidi).toEqualTypeOf<Bidi<string, Word>>();
  expectTypeOf(flavourOf(served, "bidi")).toEqualTypeOf<Bidi<string, Word>>();
  expectTypeOf(pipe(unary((n: number) => String(n)), served.bidi)).toEqualTypeOf<OutputStream<number, Word>>();
});

test("parameters have defaults for callers and none are missing for implementations", () => {
  expectTypeOf(served.with).parameter(0).toEqualTypeOf<{ least?: number | undefined }>();
  expectTypeOf(longWords.parametersOf({})).toEqualTypeOf<{ least: number }>();
  // @ts-expect-error a parameter of the wrong type
  served.with({ least: "3" });
});

test("wrong types are refused", () => {
  expectTypeOf(implement<Types>).parameter(1).not.toExtend<Record<string, never>>();
  // @ts-expect-error no flavour at all
  implement(longWords, {});
  // @ts-expect-error the result is no whole output
  implement(longWords, { unary: (text: string) => text });
  // @ts-expect-error the input is no number
  implement(longWords, { bidi: async function* (_numbers: Stream<number>): Stream<Word> {} });
  // @ts-expect-error a stage of another mode
  implement(longWords, { bidi: unary(async (text: string) => ({ words: [{ start: 0, word: text }] })) });
  implement(longWords, { bidi: bidi(async function* (_text: Stream<string>): Stream<Word> {}) });
  // @ts-expect-error the ways between whole and part are missing
  defineTask({ name: "half", input: { whole: z.string(), part: z.number() }, output: { whole: z.string() } });
  defineTask({
    name: "half",
    input: { whole: z.string(), part: z.number() },
    output: { whole: z.string() },
    splitInput: outputStream(async function* (text: string): Stream<number> {
      yield text.length;
    }),
    // @ts-expect-error what it joins are no parts
    joinInput: inputStream(async (_parts: Stream<string>) => ""),
  });
});
