import { collect, from, type Stream } from "@iftk/core";
import { feed, hang, tracked, turns, virtualClock } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { run } from "../fixtures/pieces.js";
import { combine, discard, flatten, fromCsv, fromJson, join, last, queue, race, sample, statistics, timeout, timestamp, trim, window } from "../index.js";

const call = { signal: new AbortController().signal };
/** What a stage that takes a stream and gives one value gives. */
const whole = (stage: unknown, ...input: unknown[]): Promise<unknown> => (stage as (input: Stream<unknown>) => Promise<unknown>)(from(input));

describe("some of the values", () => {
  test("window, last, flatten and timestamp give what they say", async () => {
    using clock = virtualClock().install();
    const given = clock.until(Promise.all([
      run<unknown, unknown>(window({ count: 2, partial: true, every: 2 }), 1, 2, 3),
      run<unknown, unknown>(last({ count: 2 }), 1, 2, 3),
      run<unknown, unknown>(flatten({ other: "give" }), [1, [2]], 3, []),
      run<unknown, unknown>(timestamp(), "a"),
    ]));
    expect(await given).toEqual([[[1, 2], [3]], [2, 3], [1, [2], 3], [{ value: "a", time: expect.any(Number) as number }]]);
    await expect(run<unknown, unknown>(flatten(), 3)).rejects.toThrow("flatten: the value is no list; set other=give to have it as it is");
  });

  test("sample gives the newest value once each period", async () => {
    using clock = virtualClock().install();
    const ticks = async function* (): AsyncGenerator<number> {
      for (let tick = 1; tick <= 6; tick++) {
        await clock.sleep(40);
        yield tick;
      }
    };
    expect(await clock.until(collect(sample({ ms: 90 })(ticks())))).toEqual([2, 4, 6]);
  });

  test("a queue that drops the newest keeps what it has", async () => {
    const seen: unknown[] = [];
    for await (const value of queue({ size: 2, policy: "drop-newest" })(feed(1, 2, 3, 4, 5, 6))) {
      seen.push(value);
      if (value === 1) await turns(30);
    }
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe("timeout", () => {
  test.each([
    ["first", { first: 50 }, [], "no content within 50 ms"],
    ["idle", { first: 100, idle: 50 }, [1], "no more content within 50 ms"],
    ["total", { total: 80 }, [1], "no end within 80 ms"],
  ])("fails with what took too long: %s", async (_, properties, values, message) => {
    using clock = virtualClock().install();
    const source = tracked(hang(...values));
    await expect(clock.until(collect(timeout(properties)(source)))).rejects.toThrow(message);
    expect(source.closed).toBe(1);
  });
});

describe("joins", () => {
  test("race gives the input that is first and leaves the others", async () => {
    const others = [tracked(hang()), tracked(hang())] as const;
    expect(await collect(race()([others[0], feed(1, 2), others[1]], ["in0", "in1", "in2"], call))).toEqual([1, 2]);
    expect(others.map(({ closed }) => closed)).toEqual([1, 1]);
  });

  test("combine gives the newest of each", async () => {
    const given = await collect(combine()([feed(1, 2), feed("a")], ["in0", "in1"], call));
    expect(given.at(-1)).toEqual([2, "a"]);
  });
});

describe("documents", () => {
  test("join puts pieces together, and trim leaves blanks out", async () => {
    expect([await whole(join({ separator: ", " }), "a", "", "b"), await whole(join()), await run(trim(), " a ", "\n"), await run(trim({ ends: "end" }), " a ")]).toEqual(["a, , b", "", ["a", ""], [" a"]]);
    await expect(whole(join({ maximum: 2 }), "ab", "c")).rejects.toThrow(expect.objectContaining({ reason: "too-large" }));
  });

  test("from-json reads one value, however it is cut", async () => {
    expect(await whole(fromJson(), '{"a"', ": [1]}")).toEqual({ a: [1] });
    await expect(whole(fromJson(), '{"a"')).rejects.toThrow("from-json: the text is not JSON");
  });

  test("from-csv reads rows, however they are cut, and names the line of one that is wrong", async () => {
    expect([await run(fromCsv(), 'a,b\n1,"x,', '\ny"\n2,é\n'), await run(fromCsv({ header: false, delimiter: ";" }), "1;2\n")]).toEqual([[{ a: "1", b: "x,\ny" }, { a: "2", b: "é" }], [["1", "2"]]]);
    await expect(run(fromCsv(), "a,b\n1\n")).rejects.toThrow("from-csv:2");
  });

  test("statistics sums numbers up, and refuses what is none", async () => {
    expect([await whole(statistics({ path: "n" }), { n: 1 }, { n: 4 }), await whole(statistics())]).toEqual([{ count: 2, sum: 5, minimum: 1, maximum: 4, mean: 2.5 }, { count: 0, sum: 0, minimum: null, maximum: null, mean: null }]);
    await expect(whole(statistics(), 1, "2")).rejects.toThrow("statistics: value 2 has no number at $");
  });
});

test("discard takes all and closes its source", async () => {
  const source = tracked(feed(1, 2, 3));
  await discard()(source, call);
  expect([source.pulled, source.closed]).toEqual([4, 1]);
});
