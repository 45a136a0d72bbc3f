import { bidi, collect, map, pipe, take, type Stream } from "@iftk/core";
import { failing, feed, hang, tracked, turns } from "@iftk/testing";
import { array, assert, asyncProperty, integer } from "fast-check";
import { describe, expect, test } from "vitest";
import { groupBy, window } from "./index.js";

const initial = (word: string): string => word[0] ?? "";
/** Joins the words of a group as they come, and says so at their end. */
const joined = (key: string) =>
  bidi(async function* joined(words: Stream<string>) {
    let all = `${key}:`;
    for await (const word of words) yield (all += word[1]);
    yield `${all}.`;
  });

describe("groupBy", () => {
  test("runs a stage of its own for each key, and ends each at the end", async () => {
    const results = await collect(groupBy(initial, joined)(feed("a1", "b1", "a2", "b2")));
    expect([results.filter((result) => result.startsWith("a")), results.filter((result) => result.startsWith("b"))]).toEqual([["a:1", "a:12", "a:12."], ["b:1", "b:12", "b:12."]]);
  });

  test("keeps the order within a key and loses nothing, whatever comes and however small the buffers", async () => {
    await assert(
      asyncProperty(array(integer({ min: 0, max: 99 }), { maxLength: 30 }), integer({ min: 1, max: 3 }), async (values, buffer) => {
        const results = await collect(groupBy((value: number) => value % 4, () => map((value: number) => value), { buffer })(feed(...values)));
        for (const key of [0, 1, 2, 3]) expect(results.filter((value) => value % 4 === key)).toEqual(values.filter((value) => value % 4 === key));
      }),
    );
  });

  test("a group beyond the bound is an error that says so, and closes all", async () => {
    const source = tracked(feed("a1", "b1", "c1"));
    await expect(collect(groupBy(initial, joined, { groups: 2 })(source))).rejects.toMatchObject({
      code: "resource_exhausted",
      message: "groupBy: a group beyond the 2 that may be open is needed; raise groups, or end the quietest",
    });
    expect(source.closed).toBe(1);
  });

  test("with end-quietest the group without a value for longest ends to make room, and begins anew when its key comes again", async () => {
    const results = await collect(groupBy(initial, joined, { groups: 2, whenFull: "end-quietest" })(feed("a1", "b1", "a2", "c1", "b2")));
    expect(results.toSorted()).toEqual(["a:1", "a:12", "a:12.", "b:1", "b:1.", "b:2", "b:2.", "c:1", "c:1."]);
  });

  test("a key whose stage has ended begins anew", async () => {
    const two = () => pipe(take<string>(2), window<string>(2));
    const paced = async function* (): Stream<string> {
      for (const word of ["a1", "a2", "a3", "a4"]) {
        yield word;
        await turns(2);
      }
    };
    expect(await collect(groupBy(initial, two)(paced()))).toEqual([["a1", "a2"], ["a3", "a4"]]);
  });

  test("a group that does not take its values holds up the source, at its bound", async () => {
    const deaf = () => bidi((_words: Stream<string>) => hang<string>());
    const source = tracked(feed(...Array.from({ length: 10 }, (_, index) => `a${index}`)));
    const iterator = groupBy(initial, deaf, { buffer: 3 })(source)[Symbol.asyncIterator]();
    void iterator.next();
    await turns(3);
    expect(source.pulled).toBe(4);
    await iterator.return?.();
    expect(source.closed).toBe(1);
  });

  test("leaving, and an error of one group, of the key or of the source, close every group", async () => {
    const error = new Error("of one");
    let closed = 0;
    const counting = (key: string) =>
      bidi(async function* counting(words: Stream<string>) {
        try {
          for await (const word of words) {
            if (word === "x2") throw error;
            yield key;
          }
        } finally {
          closed++;
        }
      });
    expect(await collect(pipe(groupBy(initial, counting), take(2))(feed("a1", "b1", "c1")))).toEqual(["a", "b"]);
    const left = closed;
    const outcomes = [
      groupBy(initial, counting)(feed("a1", "x1", "x2")),
      groupBy(initial, counting)(failing(error, "a1")),
      groupBy((): string => { throw error; }, counting)(feed("a1")),
    ].map((stream) => collect(stream).catch((caught: unknown) => caught));
    expect([left > 1, await Promise.all(outcomes), closed - left]).toEqual([true, [error, error, error], 3]);
  });
});
