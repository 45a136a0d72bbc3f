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

  it("says that somebody else has cancelled it", async () => {
    const app = appOf(quiet);
    const jobs = await jobsOf(app, { onStatus: ({ id, status }) => void (status === "running" && app.jobs?.cancel(id)) });
    await expect(jobs.run("a")).rejects.toMatchObject({ code: "canceled" });
  });
});
