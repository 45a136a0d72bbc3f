import { bidi, collect, from, outputStream, StageError, unary } from "@iftk/core";
import type { AnyStage, Mode, Stream } from "@iftk/core";
import { defineTask } from "@iftk/core/task";
import { feed, stageLaws, tracked } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { loud, resolve, shout } from "./fixtures/shout.js";
import { remoteFlavours } from "./remote-flavours.js";
import { servedFlavour } from "./served-flavour.js";

/** A wire that is none: the served stages themselves. */
const wire = (mode: Mode): AnyStage => servedFlavour(shout, mode, resolve);
const far = remoteFlavours(shout, wire, "loud");
const near = shout.load(loud);

stageLaws("a remote unary flavour", { stage: () => far.unary, input: ["ab"], output: [{ marks: ["A!", "B!"] }], hanging: () => remoteFlavours(shout, wire, "mute").unary });
stageLaws("a remote output stream flavour", { stage: () => far.outputStream, input: ["ab"], output: ["A!", "B!"], hanging: () => remoteFlavours(shout, wire, "mute").outputStream });
stageLaws("a remote input stream flavour", { stage: () => far.inputStream, input: ["a", "b"], output: [{ marks: ["A!", "B!"] }] });
stageLaws("a remote bidi flavour", { stage: () => far.bidi, input: ["a", "b"], output: ["A!", "B!"] });

describe("remote flavours", () => {
  it("have the types of the task, and give what its own flavours give, with parameters and however the input is cut", async () => {
    expectTypeOf(far).toEqualTypeOf<typeof near>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1, maxLength: 2 }).filter((text) => !text.includes("?"))), fc.constantFrom({}, { mark: "." }), async (parts, parameters) => {
        const all = async ({ unary, outputStream, inputStream, bidi }: typeof near): Promise<unknown> => {
          const text = parts.join("");
          return [await unary(text), await collect(outputStream(text)), await inputStream(feed(...parts)), await collect(bidi(feed(...parts)))];
        };
        expect(await all(far.with(parameters))).toEqual(await all(near.with(parameters)));
      }),
      { numRuns: 50 },
    );
  });

  it("give the errors of the far model, after what came before them", async () => {
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      for await (const mark of far.bidi(feed("a", "?", "b"))) seen.push(mark);
    };
    await expect(run()).rejects.toEqual(new StageError("failed_precondition", "No questions.", { reason: "question" }));
    expect(seen).toEqual(["A!"]);
    await expect(remoteFlavours(shout, wire, "quiet").run("a")).rejects.toEqual(expect.objectContaining({ code: "not_found", reason: "model" }));
    expect(() => far.with({ mark: "!!" })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  it("send the head alone before the first input, and bytes as they are", async () => {
    const sizes = defineTask({ name: "sizes", input: { whole: z.instanceof(Uint8Array) }, output: { whole: z.number() }, parameters: z.object({ rate: z.number().default(1) }) });
    const sent: unknown[] = [];
    const input = tracked(feed(new Uint8Array(2)));
    const size = bidi(async function* size(messages: Stream<unknown>): Stream<number> {
      for await (const message of messages) sent.push([message, input.opened]);
      yield 2;
    });
    const plain = remoteFlavours(sizes, (mode) => (mode === "bidi" ? size : unary(() => 1)));
    await collect(plain.bidi(input));
    await collect(remoteFlavours(shout, (mode) => (mode === "bidi" ? size : wire(mode)), "loud").bidi(feed("a"))).catch(() => {});
    expect(sent).toEqual([
      [{}, 0],
      [new Uint8Array(2), 1],
      [{ model: "loud" }, 1],
      [{ input: "a" }, 1],
    ]);
  });

  it("make of an answer what the task says, and refuse one that does not fit", async () => {
    const dates = defineTask({ name: "dates", input: { whole: z.string() }, output: { whole: z.coerce.date() } });
    const stageOf = (mode: Mode): AnyStage => (mode === "unary" ? unary(({ input }: { input: string }) => input) : outputStream(({ input }: { input: string }) => from([input])));
    const far = remoteFlavours(dates, stageOf);
    expect([await far.run("2020-02-02"), await collect(far.outputStream("2020-02-02"))]).toEqual([new Date("2020-02-02"), [new Date("2020-02-02")]]);
    const refused = expect.objectContaining({ code: "internal", message: "dates: what the server gave does not fit: output: Invalid input: expected date, received Date" });
    await expect(far.run("then")).rejects.toEqual(refused);
    await expect(collect(far.outputStream("then"))).rejects.toEqual(refused);
  });
});
