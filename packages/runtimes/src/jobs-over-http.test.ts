import { remoteJob, type RemoteJobOptions, type RemoteJobStatus } from "@iftk/client";
import { StageError } from "@iftk/core";
import { defineModel, implement } from "@iftk/core/task";
import { listen, serveTasks, type ServeTasksOptions, type TaskServer } from "@iftk/server";
import { hang, stageLaws, turns } from "@iftk/testing";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { shout, shouting, type Shouting } from "./fixtures/shout-task.js";

const open: (() => unknown)[] = [];
const closeAll = async (): Promise<void> => {
  for (const close of open.splice(0).toReversed()) await close();
};
afterEach(closeAll);

const appOf = (implementation: Shouting, options: Partial<ServeTasksOptions> = {}): TaskServer => serveTasks({ tasks: [shout], models: [defineModel({ id: "model", tasks: [implementation] })], ...options });

async function jobsOf(app: TaskServer, options: RemoteJobOptions = {}): Promise<Shouting> {
  const server = await listen(app, { port: 0, grace: 0 });
  open.push(() => server.close());
  return remoteJob(shout, server.url, { interval: 1, ...options });
}

const quiet = implement(shout, { outputStream: () => hang() });

const [whole, mute] = [await listen(appOf(shouting), { port: 0, grace: 0 }), await listen(appOf(quiet), { port: 0, grace: 0 })];
afterAll(() => Promise.all([whole.close(), mute.close()]));
stageLaws("a task as a job", {
  stage: () => remoteJob(shout, whole.url, { interval: 1 }).unary,
  hanging: () => remoteJob(shout, mute.url, { interval: 1 }).unary,
  input: ["ab"],
  output: ["A!B!"],
});

describe("a remote job", () => {
  it("gives what the task gives, with its parameters, and says how far it is", async () => {
    const heard: RemoteJobStatus[] = [];
    const jobs = await jobsOf(appOf(shouting), { model: "model", onStatus: (status) => heard.push(status) });
    expect([await jobs.run("ab"), await jobs.with({ mark: "." }).run("c")]).toEqual(["A!B!", "C."]);
    expect(heard.at(-1)).toMatchObject({ status: "completed", progress: 1 });
    expect(heard[0]?.status).toMatch(/^(queued|running|completed)$/);
  });

  it("fails with the error of the job", async () => {
    await expect((await jobsOf(appOf(shouting))).run("a?")).rejects.toEqual(new StageError("failed_precondition", "No questions.", { reason: "question" }));
  });

  it("fails at once where the server refuses the request", async () => {
    const jobs = await jobsOf(appOf(shouting), { model: "other" });
    await expect(jobs.run("a")).rejects.toMatchObject({ code: "not_found", reason: "model" });
    await expect((await jobsOf(appOf(shouting, { tokens: ["secret"] }))).run("a")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await (await jobsOf(appOf(shouting, { tokens: ["secret"] }), { token: "secret" })).run("a")).toBe("A!");
  });

  it("is cancelled on the server when its caller gives up", async () => {
    const app = appOf(quiet);
    const stop = new AbortController();
    let id = "";
    const jobs = await jobsOf(app, {
      onStatus: (status) => {
        id = status.id;
        stop.abort(new Error("enough"));
      },
    });
    await expect(jobs.run("a", { signal: stop.signal })).rejects.toThrow("enough");
    for (let turn = 0; turn < 10_000 && app.jobs?.status(id).status !== "canceled"; turn += 1) await turns();
    expect(app.jobs?.status(id).status).toBe("canceled");
  });

  it("is asked about again where a question fails in passing, and its result too", async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const question = `${init?.method ?? "GET"} ${new URL(url as string).pathname.split("/").at(-1) ?? ""}`;
      asked.push(question);
      if (init?.method === "GET" && asked.filter((one) => one === question).length < 3) throw new TypeError("fetch failed");
      return globalThis.fetch(url, init);
    };
    expect(await (await jobsOf(appOf(shouting), { fetch })).run("a")).toBe("A!");
    expect(asked.filter((one) => one === "GET result")).toHaveLength(3);
    const tired = jobsOf(appOf(shouting), { attempts: 2, fetch: (url, init) => (init?.method === "GET" ? Promise.reject(new TypeError("fetch failed")) : globalThis.fetch(url, init)) });
    await expect((await tired).run("a")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("tells at once the error of a job that says it is worth another attempt", async () => {
    const busy = implement(shout, { unary: () => Promise.reject(new StageError("unavailable", "Too much to do.")) });
    let results = 0;
    const jobs = await jobsOf(appOf(busy), { fetch: (url, init) => ((results += String(url).endsWith("/result") ? 1 : 0), globalThis.fetch(url, init)) });
    await expect(jobs.run("a")).rejects.toMatchObject({ code: "unavailable", message: "Too much to do." });
    expect(results).toBe(1);
  });

  it("is cancelled where nobody can hear of it any more", async () => {
    const app = appOf(quiet);
    let id = "";
    const broken = await jobsOf(app, {
      attempts: 1,
      onStatus: (status) => (id = status.id),
      fetch: (url, init) => (init?.method === "GET" ? Promise.reject(new TypeError("fetch failed")) : globalThis.fetch(url, init)),
    });
    await expect(broken.run("a")).rejects.toMatchObject({ code: "unavailable" });
    await expect.poll(() => app.jobs?.status(id).status).toBe("canceled");
    const failing = await jobsOf(app, {
      onStatus(status) {
        id = status.id;
        throw new Error("of the listener");
      },
    });
    await expect(failing.run("a")).rejects.toThrow("of the listener");
    await expect.poll(() => app.jobs?.status(id).status).toBe("canceled");
  });

  it("says that somebody else has cancelled it", async () => {
    const app = appOf(quiet);
    const jobs = await jobsOf(app, { onStatus: ({ id, status }) => void (status === "running" && app.jobs?.cancel(id)) });
    await expect(jobs.run("a")).rejects.toMatchObject({ code: "canceled" });
  });
});
