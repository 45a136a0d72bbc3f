import { collect, first, from, type Stream } from "@iftk/core";
import { feed, hang, tracked, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { caps } from "../caps.js";
import { element, type Element } from "../define-element.js";
import { parseLaunch } from "../launch/parse-launch.js";
import { build, type BuildOptions } from "./build.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";
import type { BusMessage, PipelineRun } from "./pipeline-run.js";

interface Started {
  readonly run: PipelineRun;
  readonly taken: unknown[];
  readonly log: string[];
}

/** A sink that tells when it is made ready and stopped; named `bad`, it fails at that. */
function told(log: string[]): Element {
  return element({
    kind: "transform",
    name: "told",
    description: "Tells.",
    properties: z.strictObject({ start: z.enum(["well", "fail", "hang", "late"]).default("well").describe("How it starts.") }),
    in: { name: "in", caps: caps.any },
    out: { name: "out", caps: caps.any },
    async start({ start }, { name, report }) {
      log.push(`start ${name}`);
      report({ type: "progress", status: "warming up", fraction: 0.5 });
      if (start === "hang") await new Promise(() => {});
      if (start === "fail") throw new RangeError("cold");
      return () => void log.push(`stop ${name}`);
    },
    create: () => (sampleRegistry().find("identity") as unknown as () => never)(),
  });
}

function start(line: string, input?: Stream<unknown>, options?: BuildOptions, signal?: AbortSignal): Started {
  const [taken, log]: [unknown[], string[]] = [[], []];
  const run = build(parseLaunch(line), sampleRegistry(taken, [told(log)]), options).start(input, signal && { signal });
  return { run, taken, log };
}

const words = (messages: readonly BusMessage[]): unknown[] => messages.map((message) => (message.type === "state" ? message.state : message.type === "error" ? `${message.element}: ${String(message.error)}` : message.type));

for (const live of [false, true]) {
  const kind = live ? "a live run" : "a run";

  test(`${kind} goes through its states, elements at the end first, and stops them in reverse`, async () => {
    const { run, taken, log } = start("words ! told name=one ! told name=two ! keep", undefined, { live });
    expect(run.state).toBe("null");
    await run.done;
    expect(run.state).toBe("ended");
    expect([log, taken]).toEqual([["start two", "start one", "stop one", "stop two"], ["a", "b", "c"]]);
    expect(words(await collect(run.bus)).filter((word) => word !== "statistics")).toEqual(["null", "progress", "progress", "ready", "playing", "ended", "end"]);
  });

  test(`${kind} that fails to start stops what was started`, async () => {
    const { run, log, taken } = start("words ! told name=one start=fail ! told name=two ! keep", undefined, { live });
    await expect(run.done).rejects.toThrow(new RangeError("cold"));
    expect([run.state, log, taken]).toEqual(["failed", ["start two", "start one", "stop two"], []]);
    expect(words(await collect(run.bus)).filter((word) => word !== "progress")).toEqual(["null", "one: RangeError: cold", "failed"]);
  });

  test(`${kind} gives its output, and ends with it`, async () => {
    const { run, taken } = start("upper ! tee name=t  t. ! keep  t. ! suffix", feed("a", "b"), { live });
    expect([await collect(run.output), taken, run.state]).toEqual([["A!", "B!"], ["A", "B"], "ended"]);
  });

  test(`${kind} without an output ends it when it ends`, async () => {
    const { run, taken } = start("keep", from(["a"]), { live });
    expect([await collect(run.output), taken, run.state]).toEqual([[], ["a"], "ended"]);
  });

  test(`an error of ${kind} ends all branches, is told once with its element, and closes the source`, async () => {
    const source = tracked(from<unknown>(["a", "b", "c"]));
    const { run, taken } = start("tee name=t  t. ! keep  t. ! fail-at name=culprit value=b ! tee name=u  u. ! keep  u. ! keep", source, { live });
    await expect(run.done).rejects.toThrow(new RangeError("no b"));
    expect([source.closed, run.state, taken.includes("b")]).toEqual([1, "failed", expect.any(Boolean)]);
    expect(words(await collect(run.bus)).filter((word) => word !== "statistics")).toEqual(["null", "ready", "playing", "culprit: RangeError: no b", "failed"]);
  });

  test(`an error of the input of ${kind} is told to come from there`, async () => {
    const failing = (async function* () {
      yield "a";
      throw new RangeError("cut");
    })();
    const { run } = start("upper ! keep", failing, { live });
    await expect(run.done).rejects.toThrow("cut");
    expect(words(await collect(run.bus))).toContain("input: RangeError: cut");
  });

  test(`branches behind a split that isolates them fail alone in ${kind}`, async () => {
    const { run, taken } = start("tee name=t isolate=true  t. ! fail-at name=f value=b ! keep  t. ! upper ! keep", from(["a", "b", "c"]), { live });
    await run.done;
    expect(taken).toEqual(expect.arrayContaining(["A", "B", "C"]));
    expect(words(await collect(run.bus))).toEqual(expect.arrayContaining(["f: RangeError: no b", "ended"]));
  });

  test(`${kind} fails when every branch has, isolated or not`, async () => {
    const { run } = start("fail-at name=f value=b ! tee name=t isolate=true  t. ! keep  t. ! upper ! keep", from(["a", "b", "c"]), { live });
    await expect(run.done).rejects.toThrow("no b");
  });

  test(`stopping ${kind} closes all sources and leaves all sinks`, async () => {
    const source = tracked(hang<unknown>());
    const { run } = start("tee name=t  t. ! keep  t. ! upper ! keep  t. ! suffix", source, { live });
    const read = first(run.output);
    await turns(3);
    await run.stop();
    expect([await read, source.closed, run.state]).toEqual([undefined, 1, "ended"]);
    await run.done;
  });

  test(`leaving the output stops ${kind}`, async () => {
    const source = tracked(from<unknown>(["a", "b", "c"]));
    const { run } = start("tee name=t  t. ! keep  t. ! upper", source, { live });
    for await (const value of run.output) {
      expect(value).toBe("A");
      break;
    }
    expect([run.state, source.closed]).toEqual(["ended", 1]);
  });

  test(`leaving the output unread stops ${kind}, and what fails as it is closed is told to who leaves`, async () => {
    for (const signal of [undefined, new AbortController().signal]) {
      const source = tracked(hang<unknown>());
      const { run } = start("upper", source, { live }, signal);
      await run.output[Symbol.asyncIterator]().return?.();
      expect([run.state, source.closed]).toEqual(["ended", source.opened]);
      const failing = start("upper", { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: "a" }), return: async () => { throw new RangeError("stuck"); } }) }, { live }, signal);
      const output = failing.run.output[Symbol.asyncIterator]();
      await output.next();
      await expect(output.return?.()).rejects.toThrow("stuck");
      expect(failing.run.state).toBe("ended");
    }
  });

  test(`leaving the output of ${kind} that is isolated lets the others go on`, async () => {
    const { run, taken } = start("tee name=t isolate=true  t. ! keep  t. ! upper", feed("a", "b", "c"), { live });
    expect(await first(run.output)).toBe("A");
    await run.done;
    expect(taken).toEqual(["a", "b", "c"]);
  });

  test(`an abort reaches all of ${kind}, and it fails with the reason`, async () => {
    const source = tracked(hang<unknown>());
    const controller = new AbortController();
    const { run } = start("tee name=t  t. ! keep  t. ! upper ! keep", source, { live }, controller.signal);
    await turns(3);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(run.done).rejects.toBe(reason);
    expect([run.state, source.closed]).toEqual(["failed", 1]);
  });

  test(`${kind} can be stopped while it starts`, async () => {
    const { run, log } = start("words ! told name=one start=hang ! told name=two ! keep", undefined, { live });
    await turns(2);
    await run.stop();
    expect([run.state, log]).toEqual(["ended", ["start two", "start one", "stop two"]]);
  });
}

test("a run that is stopped before it begins never starts an element", async () => {
  const { run, log } = start("words ! told ! keep");
  await run.stop();
  expect([run.state, log]).toEqual(["ended", []]);
});

test("runs are apart from each other", async () => {
  const built = build(parseLaunch("suffix name=s"), sampleRegistry());
  const [one, other] = [built.start(feed("a")), built.start(feed("a"))];
  one.set("s", "with", "?");
  expect([await collect(one.output), await collect(other.output)]).toEqual([["a?"], ["a!"]]);
});
