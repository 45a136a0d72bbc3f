import { bidi, collect, from, map, StageError } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { failing, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framesIn, socketPair } from "../fixtures/socket-pair.js";

const exclaim = bidi(async function* exclaim(words: Stream<string>) {
  for await (const word of words) yield `${word}!`;
});
const same = map((value: unknown) => value);

for (const window of [1, 2, 64]) {
  stageLaws(`a stage over a link with a window of ${window}`, {
    stage: () => bidi((input: Stream<string>) => socketPair({ stage: exclaim, clientWindow: window, serverWindow: window }).call(input)),
    input: ["a", "b", "c", "d"],
    output: ["a!", "b!", "c!", "d!"],
    readsAhead: 2 * window,
    soon: 50,
  });
}

describe("SocketLink", () => {
  it("gives the same values in the same order, however reads, sources and messages interleave", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 4 }))), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
        async (batches, clientWindow, serverWindow, chance) => {
          const wait = async (): Promise<void> => turns(chance.next().value);
          const values = batches.flat();
          let given = 0;
          async function* source() {
            for (const batch of batches) {
              await wait();
              for (const value of batch) {
                given++;
                yield value;
              }
            }
          }
          const slow = bidi(async function* slow(input: Stream<unknown>) {
            for await (const value of input) {
              await wait();
              yield value;
            }
          });
          const pair = socketPair({ stage: slow, clientWindow, serverWindow, deliver: (task) => void wait().then(task) });
          const read: unknown[] = [];
          for await (const value of pair.call(source())) {
            read.push(value);
            await wait();
            expect(given - read.length).toBeLessThanOrEqual(clientWindow + serverWindow + 2);
          }
          expect(read).toEqual(values.map((value) => (value instanceof Uint8Array ? value : (JSON.parse(JSON.stringify(value)) as unknown))));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("sends nothing that was not asked for", async () => {
    const source = tracked(feed(...Array.from({ length: 100 }, (_, index) => index)));
    const pair = socketPair({ stage: same, clientWindow: 4, serverWindow: 3 });
    const iterator = pair.call(source)[Symbol.asyncIterator]();
    await iterator.next();
    await turns(50);
    expect(source.pulled).toBeLessThanOrEqual(8);
    await iterator.return?.();
    expect(source.closed).toBe(1);
  });

  it("opens no source of which nothing is asked", async () => {
    const source = tracked(feed("a"));
    const pair = socketPair({ stage: bidi(async function* deafen(_input: Stream<string>) { yield "alone"; }) });
    expect([await collect(pair.call(source)), source.opened]).toEqual([["alone"], 0]);
  });

  it("sends what is ready at once as one message", async () => {
    const values = Array.from({ length: 64 }, (_, index) => index);
    const pair = socketPair({ stage: same });
    expect(await collect(pair.call(from(values)))).toEqual(values);
    const sizes = [pair.fromClient, pair.fromServer].map((sent) => sent.map((message) => framesIn([message]).filter((frame) => (frame as { kind: string }).kind === "value").length).filter((size) => size > 0));
    expect(sizes).toEqual([[64], [32, 32]]);
  });

  it("sends bytes as they are, in their place among the others", async () => {
    const values = ["a", new Uint8Array([1, 2]), new Uint8Array(), { b: 1 }];
    const pair = socketPair({ stage: same });
    expect(await collect(pair.call(from(values)))).toEqual(values);
    expect(framesIn(pair.fromClient).slice(1)).toEqual([{ kind: "value", id: 1, value: "a" }, { kind: "value", value: values[1] }, { kind: "value", value: values[2] }, { kind: "value", id: 4, value: { b: 1 } }, { kind: "end", id: 5 }]);
  });

  it("closes the source when the stage reads no more of it, and the stage goes on", async () => {
    const source = tracked(hang("a", "b"));
    const firstOf = bidi(async function* firstOf(input: Stream<string>) {
      for await (const value of input) {
        yield value;
        break;
      }
      yield "end";
    });
    const pair = socketPair({ stage: firstOf });
    expect(await collect(pair.call(source))).toEqual(["a", "end"]);
    expect([source.closed, framesIn(pair.fromServer).map((frame) => (frame as { kind: string }).kind)]).toEqual([1, expect.arrayContaining(["cancel"])]);
  });

  it("gives an error of the source back to its owner as it was, and to the stage without its cause", async () => {
    const error = new StageError("resource_exhausted", "Too much.", { reason: "rate-limit", cause: new Error("secret") });
    let heard: unknown;
    const watching = bidi(async function* watching(input: Stream<string>) {
      try {
        yield* input;
      } catch (caught) {
        heard = caught;
        throw caught;
      }
    });
    await expect(collect(socketPair({ stage: watching }).call(failing(error, "a")))).rejects.toBe(error);
    expect([heard, (heard as StageError).cause]).toEqual([new StageError("resource_exhausted", "Too much.", { reason: "rate-limit" }), undefined]);
    const handling = bidi(async function* handling(input: Stream<string>) {
      try {
        yield* input;
      } catch {
        yield "instead";
      }
    });
    expect(await collect(socketPair({ stage: handling }).call(failing(error, "a")))).toEqual(["a", "instead"]);
  });

  it("refuses a value that JSON cannot carry, on the end that it comes from", async () => {
    const source = tracked(feed<unknown>("a", 1n, "b"));
    await expect(collect(socketPair({ stage: same }).call(source))).rejects.toEqual(expect.objectContaining({ code: "invalid_argument", reason: "not-serializable" }));
    expect(source.closed).toBe(1);
    let closed = 0;
    const wrong = bidi(async function* wrong(_input: Stream<unknown>) {
      try {
        yield "a";
        yield undefined;
      } finally {
        closed++;
      }
    });
    await expect(collect(socketPair({ stage: wrong }).call(feed()))).rejects.toEqual(expect.objectContaining({ code: "internal", reason: "not-serializable" }));
    expect(closed).toBe(1);
  });

  it("takes a cut connection for no end on either side, wherever it is cut", async () => {
    for (let wait = 0; wait < 30; wait++) {
      const source = tracked(hang("a", "b"));
      let ended: unknown = "unread";
      const watching = bidi(async function* watching(input: Stream<string>) {
        try {
          yield* input;
        } catch (error) {
          ended = error;
          throw error;
        }
      });
      const pair = socketPair({ stage: watching });
      const reading = collect(pair.call(source)).catch((error: unknown) => error);
      await turns(wait);
      pair.cut();
      const truncated = expect.objectContaining({ code: "unavailable", reason: "truncated" }) as unknown;
      expect(await reading).toEqual(truncated);
      await turns(2);
      expect(source.opened).toBe(source.closed);
      expect([truncated, "unread"]).toContainEqual(ended);
    }
  });
});
