import { collect, from, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { stageLaws, virtualClock } from "@iftk/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BatchItem, BatchPart, BatchResult, BatchStatus } from "./batch-job.js";
import { batchResults } from "./batch-results.js";
import { batchStage, type BatchStageOptions } from "./batch-stage.js";
import { itemOf, memoryJobs, memoryJournal, type MemoryJobs } from "./fixtures/memory-jobs.js";

const laws = memoryJobs();
await laws.submit(["a", "b", "c"].map((id) => itemOf(id)));

const told = (parts: readonly BatchPart[]) => parts.map((part) => (part.type === "progress" ? [part.done, part.failed, part.total, part.batch ?? ""].join(" ") : `${part.id}: ${part.reply?.text ?? part.error?.code}`));

describe("on a clock", () => {
  const clock = virtualClock();
  beforeEach(() => void clock.install());
  afterEach(() => clock.uninstall());
  const run = (jobs: MemoryJobs, items: readonly BatchItem[], options?: BatchStageOptions) => clock.until(collect(batchStage(jobs, options)(from(items))));

  test("items are sent together, and their results come with how far it is", async () => {
    expect(told(await run(memoryJobs(), ["a", "b", "c"].map((id) => itemOf(id))))).toEqual(["0 0 3 batch_0", "3 0 3 batch_0", "c: c!", "b: b!", "a: a!", "3 0 3 "]);
    expect(clock.now).toBe(5000);
  });

  test("items that fail, cannot be sent, or have the id of another are results like the others", async () => {
    const items = [itemOf("a"), itemOf("b", "fail"), itemOf("c", "refuse"), itemOf("a")];
    expect(told(await run(memoryJobs(), items))).toEqual([
      "c: unimplemented", "a: invalid_argument", "2 2 4 batch_0", "4 3 4 batch_0", "b: unavailable", "a: a!", "4 3 4 ",
    ]);
  });

  test("more items than fit go in one batch after another, and are read no sooner", async () => {
    const jobs = memoryJobs();
    const read: string[] = [];
    async function* source(): Stream<BatchItem> {
      for (const id of ["a", "b", "c", "d", "e"]) {
        read.push(`${id} after ${jobs.batches.size} batches`);
        yield itemOf(id);
      }
    }
    await clock.until(collect(batchStage(jobs, { size: 2 })(source())));
    expect([[...jobs.batches.values()], read]).toEqual([[["a", "b"], ["c", "d"], ["e"]], ["a after 0 batches", "b after 0 batches", "c after 1 batches", "d after 1 batches", "e after 2 batches"]]);
  });

  test("a look that fails is repeated where that may help, and fails the run where not", async () => {
    const patient = memoryJobs();
    patient.failures.push(...Array.from({ length: 5 }, () => new StageError("unavailable", "down")));
    const strict = memoryJobs();
    strict.failures.push(new StageError("unauthenticated", "no key"));
    const items = [itemOf("a")];
    expect(told(await run(patient, items)).at(-1)).toBe("1 0 1 ");
    await expect(run(strict, items)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("results that break off are read again, and each is given once", async () => {
    const jobs = memoryJobs();
    let reads = 0;
    const results = outputStream(async function* results(id: string): Stream<BatchResult> {
      const isCut = ++reads < 3;
      let count = 0;
      for await (const result of jobs.results(id)) {
        if (isCut && ++count > reads) throw new StageError("unavailable", "cut", { reason: "truncated" });
        yield result;
      }
    });
    expect([told(await run({ ...jobs, results }, ["a", "b", "c"].map((id) => itemOf(id)))), reads]).toEqual([["0 0 3 batch_0", "3 0 3 batch_0", "c: c!", "b: b!", "a: a!", "3 0 3 "], 3]);
  });

  test("the wait between looks grows by half up to its bound, and ends after the longest", async () => {
    const looks: number[] = [];
    const status = unary(async function status(id: string): Promise<BatchStatus> {
      looks.push(Math.round(clock.now - start));
      return { id, raw: "busy", state: "running", total: 1, done: 0, failed: 0 };
    });
    const start = clock.now;
    const run = collect(batchResults({ ...memoryJobs(), status }, { interval: 1000, maxInterval: 2000, maxWait: 7000 })("batch_0"));
    await expect(clock.until(run)).rejects.toMatchObject({ code: "deadline_exceeded", reason: "timeout" });
    expect(looks).toEqual([0, 1000, 2500, 4500, 6500]);
  });

  describe("after a restart", () => {
    const items = [itemOf("a"), itemOf("b", "fail"), itemOf("c")];

    test("what is in the journal is given, what was sent is read, and only the rest is asked", async () => {
      const jobs = memoryJobs();
      const journal = memoryJournal();
      const first = batchStage(jobs, { journal, size: 2 })(from(items))[Symbol.asyncIterator]();
      // The program ends when the reply to the first item is kept and the batch is not read to its end.
      await clock.until(first.next());
      await first.return?.();
      expect(journal.lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(["submitted"]);
      expect(told(await run(jobs, items, { journal, size: 2 }))).toEqual([
        "0 0 2 ", "2 1 2 batch_0", "b: unavailable", "a: a!", "2 1 3 batch_1", "3 1 3 batch_1", "c: c!", "3 1 3 ",
      ]);
      expect([...jobs.batches.values()]).toEqual([["a", "b"], ["c"]]);
    });

    test("after all was done, the replies are given again and what failed is asked again", async () => {
      const jobs = memoryJobs();
      const journal = memoryJournal();
      await run(jobs, items, { journal });
      expect(told(await run(jobs, items, { journal }))).toEqual(["c: c!", "a: a!", "2 0 2 ", "2 0 3 batch_1", "3 1 3 batch_1", "b: unavailable", "3 1 3 "]);
      expect([...jobs.batches.values()]).toEqual([["a", "b", "c"], ["b"]]);
    });

    test("of items with one id the first is asked and kept", async () => {
      const jobs = memoryJobs();
      const journal = memoryJournal();
      expect(told(await run(jobs, [itemOf("a"), itemOf("a", "b"), itemOf("c", "refuse"), itemOf("c", "d")], { journal, size: 2 }))).toEqual(["c: unimplemented", "1 1 2 batch_0", "2 1 2 batch_0", "a: a!", "2 1 2 "]);
      expect(journal.lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(["submitted", "reply", "read"]);
    });

    test("a batch that the provider has forgotten is asked again", async () => {
      const jobs = memoryJobs();
      const journal = memoryJournal();
      await journal.append({ type: "submitted", batch: "batch_of_last_year", ids: ["a", "b"] });
      expect(told(await run(jobs, items.slice(0, 1), { journal }))).toEqual(["0 0 2 ", "0 0 1 batch_0", "1 0 1 batch_0", "a: a!", "1 0 1 "]);
    });
  });
});

test("a batch that is left goes on, and can be read by its name", async () => {
  const jobs = memoryJobs();
  const wait = { interval: 1 };
  let name = "";
  for await (const part of batchStage(jobs, wait)(from([itemOf("a"), itemOf("b")]))) {
    if (part.type === "progress") name = part.batch ?? "";
    break;
  }
  expect([told(await collect(batchResults(jobs, wait)(name))), jobs.cancelled]).toEqual([["2 0 2 batch_0", "b: b!", "a: a!"], []]);
});

stageLaws("batchStage", { stage: () => batchStage(memoryJobs(), { interval: 0, size: 2 }), input: ["a", "b", "c"].map((id) => itemOf(id)), readsAhead: 1 });
stageLaws("batchResults", { stage: () => batchResults(laws, { interval: 0 }), input: ["batch_0"] });
