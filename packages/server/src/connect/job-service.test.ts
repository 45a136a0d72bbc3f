import { Metadata, status, type Client, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { loud, shout, slow, whisper } from "../fixtures/shout.js";
import { listen } from "../listen.js";
import type { Jobs, JobStatus } from "../tasks/jobs.js";
import { serveTasks, type ServeTasksOptions } from "../tasks/serve-tasks.js";
import { connectFront } from "./connect-front.js";
import { clientOf, definitionIn, definitionOf } from "./fixtures/grpc-client.js";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

type Answer = Readonly<Record<string, unknown>>;
type Method = (request: object, metadata: Metadata, done: (error: ServiceError | null, answer: Answer) => void) => unknown;

const metadata = (model: string): Metadata => {
  const named = new Metadata();
  named.set("mm-model-id", model);
  return named;
};

/** A server of tasks on all wires, and clients of its jobs over gRPC and HTTP. */
async function start(options: Partial<ServeTasksOptions> = {}) {
  const heard: unknown[] = [];
  const app = serveTasks({ tasks: [shout, whisper], models: [loud, slow], domain: "Test", onError: (error, { route }) => void heard.push([route, error]), ...options });
  const front = connectFront(app);
  const server = await listen(app, { port: 0, grace: 0, front });
  const authority = new URL(server.url).host;
  const client = options.jobs === false ? undefined : clientOf(definitionOf(front.files), "caikit.runtime.Test.TestJobService", authority);
  open.push(() => server.close(), () => client?.close());
  /** The answer, or the code and message of the error and what else it says of itself. */
  const call = (method: string, request: object, model = "loud") =>
    new Promise<Answer>((resolve) => {
      const run = (client as Client & Readonly<Record<string, Method>>)[method] as Method;
      run.call(client, request, metadata(model), (error, answer) => {
        if (!error) return resolve(answer);
        const [detail] = error.metadata.get("grpc-status-details-bin");
        resolve({ code: status[error.code], details: error.details, reason: /(not-ready|job|stopped|question|overloaded|draining|model)/.exec(String(detail).split("ErrorDetail")[1] ?? "")?.[1] });
      });
    });
  const begin = async (text: string, model?: string): Promise<string> => (await call("ShoutTaskStartPredictionJob", { text }, model))["job_id"] as string;
  const http = async (path: string, init: RequestInit = {}): Promise<Answer> => (await (await fetch(`${server.url}/api/v1/task/shout/job${path}`, init)).json()) as Answer;
  const until = async (id: unknown, condition: (job: JobStatus) => boolean): Promise<void> => {
    while (!condition((app.jobs as Jobs).status(id as string))) await turns();
  };
  return { app, authority, heard, call, begin, http, hasEnded: (id: unknown) => until(id, ({ endedAt }) => endedAt !== undefined), hasBegun: (id: unknown) => until(id, ({ progress }) => progress > 0) };
}

const seconds = expect.objectContaining({ seconds: expect.any(Number), nanos: expect.any(Number) }) as unknown;

describe("jobs over gRPC", () => {
  it("are the same as those over HTTP: started on one wire, a job is known on the other", async () => {
    const { call, begin, http, hasEnded } = await start();
    const id = await begin("ab");
    const posted = await http("", { method: "POST", headers: { "content-type": "application/json" }, body: '{"model":"loud","input":"c"}' });
    await Promise.all([hasEnded(id), hasEnded(posted["id"])]);
    expect([await http(`/${id}`), await http(`/${id}/result`)]).toEqual([expect.objectContaining({ id, name: "shout", status: "completed", progress: 2 }), { value: { marks: ["A!", "B!"] } }]);
    expect([await call("ShoutTaskGetPredictionJobStatus", { job_id: posted["id"] }), await call("ShoutTaskGetPredictionJobResult", { job_id: posted["id"] })]).toEqual([
      { job_id: posted["id"], state: "COMPLETED", submission_timestamp: seconds, start_timestamp: seconds, completion_timestamp: seconds, reasons: [], progress: 1 },
      { marks: ["C!"] },
    ]);
  });

  it("take the parameters of the task, and give the times that HTTP gives", async () => {
    const { call, http, hasEnded } = await start();
    const { job_id: id } = await call("ShoutTaskStartPredictionJob", { text: "a", mark: "?" }, "noisy");
    await hasEnded(id);
    expect(await call("ShoutTaskGetPredictionJobResult", { job_id: id })).toEqual({ marks: ["A?"] });
    const { submission_timestamp: submitted } = await call("ShoutTaskGetPredictionJobStatus", { job_id: id });
    const { seconds: whole, nanos } = submitted as { seconds: number; nanos: number };
    expect((await http(`/${id as string}`))["queuedAt"]).toBe(whole * 1000 + nanos / 1e6);
  });

  it("run until they are cancelled, on either wire, and give no result before their end", async () => {
    const { call, begin, http, heard, hasBegun } = await start();
    const ids = [await begin("a", "slow"), await begin("a", "slow")];
    await Promise.all(ids.map(hasBegun));
    expect(await call("ShoutTaskGetPredictionJobStatus", { job_id: ids[0] })).toEqual({ job_id: ids[0], state: "RUNNING", submission_timestamp: seconds, start_timestamp: seconds, completion_timestamp: null, reasons: [], progress: 1 });
    expect(await call("ShoutTaskGetPredictionJobResult", { job_id: ids[0] })).toEqual({ code: "FAILED_PRECONDITION", details: expect.stringContaining("running"), reason: "not-ready" });
    expect(await call("ShoutTaskCancelPredictionJob", { job_id: ids[0] })).toEqual(expect.objectContaining({ job_id: ids[0], state: "CANCELED", completion_timestamp: seconds }));
    await http(`/${ids[1]}`, { method: "DELETE" });
    expect([await http(`/${ids[0]}`), await call("ShoutTaskGetPredictionJobResult", { job_id: ids[1] })]).toEqual([
      expect.objectContaining({ status: "canceled" }),
      { code: "CANCELLED", details: "The job was cancelled.", reason: "stopped" },
    ]);
    expect(heard).toEqual([]);
  });

  it("that failed say why, and fail with the error of the model", async () => {
    const { call, begin, heard, hasEnded } = await start();
    const id = await begin("?");
    await hasEnded(id);
    expect([await call("ShoutTaskGetPredictionJobStatus", { job_id: id }), await call("ShoutTaskGetPredictionJobResult", { job_id: id })]).toEqual([
      expect.objectContaining({ state: "ERRORED", reasons: ["No questions."] }),
      { code: "FAILED_PRECONDITION", details: "No questions.", reason: "question" },
    ]);
    expect(heard).toEqual([["shout", expect.objectContaining({ reason: "question" })]]);
  });

  it("are not known under another id, or as those of another task", async () => {
    const { call, begin } = await start();
    const id = await begin("a");
    const unknown = { code: "NOT_FOUND", details: expect.any(String) as string, reason: "job" };
    const asked = ["Shout", "Whisper"].flatMap((task) => ["GetPredictionJobStatus", "CancelPredictionJob", "GetPredictionJobResult"].map((method) => call(`${task}Task${method}`, { job_id: task === "Shout" ? "other" : id })));
    expect(await Promise.all(asked)).toEqual(asked.map(() => unknown));
  });

  it("are refused at once where the request is wrong, there are too many, or the server goes", async () => {
    const { app, call } = await start({ jobs: { maxRunning: 1, maxQueued: 0 } });
    const begin = (request: object, model: string): Promise<Answer> => call("ShoutTaskStartPredictionJob", request, model);
    expect([await begin({ text: "a", mark: "long" }, "loud"), await begin({ text: "a" }, "other"), await call("WhisperTaskStartPredictionJob", { input: "a" })]).toEqual([
      { code: "INVALID_ARGUMENT", details: expect.stringContaining("mark"), reason: undefined },
      { code: "NOT_FOUND", details: expect.stringContaining("other"), reason: "model" },
      { code: "INVALID_ARGUMENT", details: expect.any(String), reason: undefined },
    ]);
    const { job_id: id } = await begin({ text: "a" }, "slow");
    expect(await begin({ text: "a" }, "slow")).toEqual({ code: "UNAVAILABLE", details: expect.any(String), reason: "overloaded" });
    await app.drain();
    const refused = { code: "UNAVAILABLE", details: expect.any(String) as string, reason: "draining" };
    expect([await begin({ text: "a" }, "loud"), await call("ShoutTaskGetPredictionJobStatus", { job_id: id })]).toEqual([refused, refused]);
  });
});

describe("reflection", () => {
  it.each([
    ["lists the service of jobs", {}, true],
    ["lists none where there are no jobs", { jobs: false }, false],
  ] as const)("%s", async (_name, options, hasJobs) => {
    const { authority } = await start(options);
    const client = clientOf<Client & { ServerReflectionInfo(): ClientDuplexStream<object, Answer> }>(definitionIn("@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto"), "grpc.reflection.v1.ServerReflection", authority);
    open.push(() => client.close());
    const asked = client.ServerReflectionInfo();
    asked.write({ list_services: "*" });
    asked.write({ file_containing_symbol: "caikit.runtime.Test.TestJobService.ShoutTaskStartPredictionJob" });
    asked.end();
    const answers: Answer[] = [];
    for await (const answer of asked) answers.push(answer as Answer);
    const [list, file] = answers as [{ list_services_response: { service: { name: string }[] } }, { message_response: string }];
    expect([list.list_services_response.service.map(({ name }) => name).includes("caikit.runtime.Test.TestJobService"), file.message_response]).toEqual([hasJobs, hasJobs ? "file_descriptor_response" : "error_response"]);
  });
});
