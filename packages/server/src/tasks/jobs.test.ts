import { StageError } from "@iftk/core";
import { turns, virtualClock } from "@iftk/testing";
import { describe, expect, it } from "vitest";
import { createJobs, type JobRun } from "./jobs.js";

/** A run that ends when the test says, or when it is cancelled. */
function held() {
  const state = { aborted: 0, runs: 0, end: (_value: unknown) => {}, fail: (_error: unknown) => {}, part: () => {} };
  const run: JobRun = (signal, onPart) => {
    state.runs += 1;
    state.part = onPart;
    return new Promise((resolve, reject) => {
      state.end = resolve;
      state.fail = reject;
      signal.addEventListener("abort", () => {
        state.aborted += 1;
        reject(signal.reason);
      });
    });
  };
  return { run, state };
}

describe("jobs", () => {
  it("run as many at one time as they may, then those in line, in their order", async () => {
    await using jobs = createJobs({ maxRunning: 1, maxQueued: 1 });
    const [one, two] = [held(), held()];
    const { id: first } = jobs.start("one", one.run);
    const { id: second } = jobs.start("two", two.run);
    expect([jobs.status(first).status, jobs.status(second).status, two.state.runs]).toEqual(["running", "queued", 0]);
    expect(() => jobs.start("three", held().run)).toThrow(expect.objectContaining({ code: "unavailable", reason: "overloaded", retryAfter: 1000 }));
    one.state.part();
    expect(jobs.status(first)).toEqual({ id: first, name: "one", status: "running", progress: 1, queuedAt: expect.any(Number), startedAt: expect.any(Number) });
    expect(() => jobs.result(first)).toThrow(expect.objectContaining({ code: "failed_precondition", reason: "not-ready" }));
    one.state.end("done");
    await turns();
    expect([jobs.status(first).status, jobs.result(first), jobs.status(second).status, two.state.runs]).toEqual(["completed", "done", "running", 1]);
  });

  it("tell why one failed, and log all of it", async () => {
    const logged: unknown[] = [];
    await using jobs = createJobs({
      onError(error, { status }) {
        logged.push(error, status);
        throw new Error("the log is full");
      },
    });
    const job = held();
    const { id } = jobs.start("job", job.run);
    const secret = new Error("the key is 1234");
    job.state.fail(secret);
    await turns();
    expect([jobs.status(id), logged]).toEqual([expect.objectContaining({ status: "failed", error: { code: "unknown", message: "The stage failed on the server." } }), [secret, "failed"]]);
    expect(() => jobs.result(id)).toThrow(secret);
    const sync = jobs.start("job", () => {
      throw new StageError("internal", "at once");
    });
    await turns();
    expect(jobs.status(sync.id).error).toEqual({ code: "internal", message: "at once" });
  });

  it("are cancelled at once, whether they run or wait, and stay so", async () => {
    await using jobs = createJobs({ maxRunning: 1 });
    const [one, two] = [held(), held()];
    const ids = [jobs.start("one", one.run).id, jobs.start("two", two.run).id];
    expect(ids.toReversed().map((id) => jobs.cancel(id).status)).toEqual(["canceled", "canceled"]);
    expect([one.state.aborted, two.state.runs]).toEqual([1, 0]);
    await turns();
    for (const id of ids) expect(() => jobs.result(id)).toThrow(expect.objectContaining({ code: "canceled" }));
    const deaf = jobs.start("deaf", async () => {
      await turns(3);
      return "late";
    });
    jobs.cancel(deaf.id);
    await turns(5);
    expect([jobs.status(deaf.id).status, jobs.cancel(deaf.id).status]).toEqual(["canceled", "canceled"]);
  });

  it("forget what ended too long ago, and the oldest where there are too many", async () => {
    using clock = virtualClock().install();
    const jobs = createJobs({ ttl: 1000, maxKept: 2 });
    const known = (id: string): boolean => {
      try {
        return jobs.status(id).status === "completed";
      } catch (error) {
        expect(error).toEqual(expect.objectContaining({ code: "not_found", reason: "job" }));
        return false;
      }
    };
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) {
      ids.push(jobs.start(name, async () => name).id);
      await clock.advance(400);
    }
    expect(ids.map(known)).toEqual([false, true, true]);
    await clock.advance(300);
    expect(ids.map(known)).toEqual([false, false, true]);
    await clock.advance(1000);
    expect(clock.timers).toBe(0);
  });

  it("are cancelled when they are closed, and no more are taken", async () => {
    const jobs = createJobs({ maxRunning: 1 });
    const [one, two] = [held(), held()];
    jobs.start("one", one.run);
    jobs.start("two", two.run);
    await jobs.close();
    expect([one.state.aborted, two.state.runs]).toEqual([1, 0]);
    expect(() => jobs.start("three", held().run)).toThrow(expect.objectContaining({ code: "unavailable", reason: "draining" }));
  });
});
