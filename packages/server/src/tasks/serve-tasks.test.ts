import { defineModel, implement } from "@iftk/core/task";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { errorOf, framesOf, post } from "../fixtures/requests.js";
import { loud, shout, slow, whisper } from "../fixtures/shout.js";
import { serveTasks, type ServeTasksOptions, type TaskServer } from "./serve-tasks.js";

const servers: TaskServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.drain())));

function start(options: Partial<ServeTasksOptions> = {}): TaskServer {
  const server = serveTasks({ tasks: [shout, whisper], models: [loud, slow], ...options });
  servers.push(server);
  return server;
}

const path = "/api/v1/task/shout";
const get = (path: string, init: RequestInit = {}): Request => new Request(`http://host.test${path}`, init);
const call = (request: object, init: RequestInit = {}): Request => post(path, { model: "loud", ...request }, init);

describe("a server of tasks", () => {
  it("serves a value, and a stream of parts, with model and parameters", async () => {
    const server = start();
    const whole = await server(call({ model: "noisy", input: "ab", parameters: { mark: "." } }));
    expect([whole.status, await whole.json()]).toEqual([200, { value: { marks: ["A.", "B."] } }]);
    const frames = await framesOf(await server(post("/api/v1/task/server-streaming-shout", { model: "loud", input: "ab" })));
    expect(frames.map((frame) => ("value" in frame ? frame.value : frame.kind))).toEqual(["A!", "B!", "end"]);
    const only = start({ models: [loud] });
    expect(await (await only(call({ model: undefined, input: "a" }))).json()).toEqual({ value: { marks: ["A!"] } });
  });

  it("answers each mistake with its status, code and reason", async () => {
    const server = start({ maxBodyBytes: 100, maxRuns: 1 });
    const errors = async (request: Request): Promise<unknown[]> => errorOf(await server(request));
    expect([
      await errors(call({ input: 7 })),
      await errors(call({ input: "a", parameters: { mark: "!!" } })),
      await errors(call({ input: "a", model_id: "loud" })),
      await errors(call({ input: "a", model: "quiet" })),
      await errors(call({ input: "a", model: undefined })),
      await errors(post("/api/v1/task/whisper", { model: "loud", input: "a" })),
      await errors(call({ input: "?" })),
      await errors(call({ input: "a".repeat(100) })),
      await errors(post("/api/v1/task/bidi-streaming-shout", {})),
      await errors(post("/api/v1/task/sing", {})),
      await errors(get(path)),
      await errors(call({ input: "a", model: "slow" }, { headers: { "iftk-timeout": "5" } })),
    ]).toEqual([
      [400, "invalid_argument", undefined],
      [400, "invalid_argument", undefined],
      [400, "invalid_argument", undefined],
      [404, "not_found", "model"],
      [404, "not_found", "model"],
      [400, "invalid_argument", "task"],
      [400, "failed_precondition", "question"],
      [413, "resource_exhausted", "too-large"],
      [501, "unimplemented", "mode"],
      [404, "not_found", "route"],
      [405, "unimplemented", "method"],
      [504, "deadline_exceeded", undefined],
    ]);
    const running = await server(post("/api/v1/task/server-streaming-shout", { model: "slow", input: "a" }));
    const refused = await server(call({ input: "a" }));
    expect([refused.headers.get("retry-after"), ...(await errorOf(refused))]).toEqual(["1", 503, "unavailable", "overloaded"]);
    await running.body?.cancel();
  });

  it("tells of its health, its version and its models", async () => {
    const server = start({ domain: "Nlp", version: "2.1.0" });
    expect([await (await server(get("/health"))).text(), await (await server(get("/info/version"))).json(), await (await server(get("/info/models"))).json()]).toEqual([
      "OK",
      { name: "Nlp", version: "2.1.0" },
      {
        models: [
          { id: "loud", aliases: ["noisy"], tasks: ["shout"], loaded: true },
          { id: "slow", aliases: [], tasks: ["shout"], loaded: true },
        ],
      },
    ]);
    const posted = await server(post("/health", {}));
    expect([posted.headers.get("allow"), ...(await errorOf(posted))]).toEqual(["GET", 405, "unimplemented", "method"]);
  });

  it("lets those in who know the token, and tells others what is wanted", async () => {
    const server = start({ tokens: ["secret"], origins: ["https://app.test"] });
    const outcome = async (request: Request): Promise<unknown[]> => {
      const { status, headers } = await server(request);
      return [status, headers.get("www-authenticate"), headers.get("access-control-allow-origin")];
    };
    const origin = { origin: "https://app.test" };
    expect([
      await outcome(call({ input: "a" }, { headers: { ...origin, authorization: "Bearer secret" } })),
      await outcome(call({ input: "a" }, { headers: { ...origin, authorization: "Bearer other" } })),
      await outcome(get("/info/models")),
      await outcome(get("/openapi.json")),
      await outcome(post(`${path}/job`, { model: "loud", input: "a" })),
      await outcome(get("/health")),
      await outcome(get(path, { method: "OPTIONS", headers: origin })),
      await outcome(call({ input: "a" }, { headers: { origin: "https://evil.test", authorization: "Bearer secret" } })),
    ]).toEqual([
      [200, null, "https://app.test"],
      [401, 'Bearer error="invalid_token"', "https://app.test"],
      [401, "Bearer", null],
      [401, "Bearer", null],
      [401, "Bearer", null],
      [200, null, null],
      [204, null, "https://app.test"],
      [403, null, null],
    ]);
    expect(await errorOf(await server(get("/info/models")))).toEqual([401, "unauthenticated", "no-token"]);
  });

  it("loads models and takes them away where that is allowed", async () => {
    const deployed: string[] = [];
    const models = {
      resolve: async () => loud,
      list: () => [],
      deploy: async (id: string) => {
        deployed.push(id);
        return loud;
      },
      undeploy: async (id: string) => void deployed.push(id),
    };
    const server = start({ models, management: true });
    const added = await server(post("/management/models", { id: "noisy" }));
    const removed = await server(get("/management/models/a%2Fb", { method: "DELETE" }));
    expect([added.status, await added.json(), removed.status, deployed]).toEqual([201, { id: "loud", aliases: ["noisy"], tasks: ["shout"], loaded: true }, 204, ["noisy", "a/b"]]);
    expect([await errorOf(await server(post("/management/models", {}))), await errorOf(await server(get("/management/models/%ff", { method: "DELETE" }))), await errorOf(await server(get("/management/models")))]).toEqual([
      [400, "invalid_argument", "malformed"],
      [400, "invalid_argument", "malformed"],
      [405, "unimplemented", "method"],
    ]);
    expect(await errorOf(await start({ models })(post("/management/models", {})))).toEqual([404, "not_found", "route"]);
    expect(() => start({ management: true })).toThrow(expect.objectContaining({ code: "failed_precondition" }));
  });

  it("refuses calls while it drains and says so at its health, and lets what runs go on", async () => {
    const server = start();
    const running = await server(post("/api/v1/task/server-streaming-shout", { model: "slow", input: "a" }));
    const reader = (running.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await server.drain();
    expect([await errorOf(await server(get("/health"))), await errorOf(await server(call({ input: "a" })))]).toEqual([
      [503, "unavailable", "draining"],
      [503, "unavailable", "draining"],
    ]);
    await turns(5);
    await reader.cancel();
  });

  it("leaves to its fallback what is at none of its paths, behind the same tokens", async () => {
    const fallback = (request: Request): Response => new Response(`the page at ${new URL(request.url).pathname}`);
    const server = start({ fallback });
    const texts = await Promise.all([get("/"), post("/health.html", {}), get("/health"), call({ input: "a" })].map(async (request) => (await server(request)).text()));
    expect(texts).toEqual(["the page at /", "the page at /health.html", "OK", '{"value":{"marks":["A!"]}}']);
    const guarded = start({ fallback, tokens: ["secret"] });
    expect([(await guarded(get("/"))).status, await (await guarded(get("/", { headers: { authorization: "Bearer secret" } }))).text()]).toEqual([401, "the page at /"]);
    await server.drain();
    expect(await errorOf(await server(get("/")))).toEqual([503, "unavailable", "draining"]);
  });

  it("refuses two tasks at one path", () => {
    expect(() => start({ tasks: [shout, shout] })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("jobs of a server of tasks", () => {
  it("are started, asked about, and give their result", async () => {
    const server = start();
    const started = await server(post(`${path}/job`, { model: "loud", input: "ab", parameters: { mark: "." } }));
    const { id } = (await started.json()) as { id: string };
    await turns(5);
    const status = await (await server(get(`${path}/job/${id}`))).json();
    expect([started.status, status, await (await server(get(`${path}/job/${id}/result`))).json()]).toEqual([
      202,
      { id, name: "shout", status: "completed", progress: 2, queuedAt: expect.any(Number), startedAt: expect.any(Number), endedAt: expect.any(Number) },
      { value: { marks: ["A.", "B."] } },
    ]);
    expect(await errorOf(await server(get(`/api/v1/task/whisper/job/${id}`)))).toEqual([404, "not_found", "job"]);
  });

  it("are cancelled, and fail with the error of the model", async () => {
    const server = start();
    const job = async (request: object): Promise<string> => ((await (await server(post(`${path}/job`, request))).json()) as { id: string }).id;
    const [slowly, failing] = [await job({ model: "slow", input: "a" }), await job({ model: "loud", input: "?" })];
    await turns(5);
    const early = await errorOf(await server(get(`${path}/job/${slowly}/result`)));
    const canceled = await server(get(`${path}/job/${slowly}`, { method: "DELETE" }));
    expect([early, await canceled.json(), await errorOf(await server(get(`${path}/job/${slowly}/result`)))]).toEqual([
      [409, "failed_precondition", "not-ready"],
      expect.objectContaining({ status: "canceled", progress: 1 }),
      [499, "canceled", "stopped"],
    ]);
    expect([await (await server(get(`${path}/job/${failing}`))).json(), await errorOf(await server(get(`${path}/job/${failing}/result`)))]).toEqual([
      expect.objectContaining({ status: "failed", error: { code: "failed_precondition", message: "No questions.", reason: "question" } }),
      [400, "failed_precondition", "question"],
    ]);
  });

  it("are not started for a caller who has left while the model was loaded", async () => {
    let runs = 0;
    const counted = defineModel({ id: "counted", tasks: [implement(shout, { unary: async () => ((runs += 1), { marks: [] }) })] });
    const loading = Promise.withResolvers<typeof counted>();
    const server = start({ models: { resolve: () => loading.promise, list: () => [] } });
    const caller = new AbortController();
    const answer = server(post(`${path}/job`, { input: "a" }, { signal: caller.signal })).catch(() => {});
    await turns(5);
    caller.abort();
    loading.resolve(counted);
    await answer;
    await turns(5);
    expect(runs).toBe(0);
    await server(post(`${path}/job`, { input: "a" }));
    await turns(5);
    expect(runs).toBe(1);
  });

  it("that fail, and models that cannot be loaded, are told to the log of the server, which callers never read", async () => {
    const logged: unknown[] = [];
    const secret = new Error("the key is 1234");
    const broken = defineModel({ id: "broken", tasks: [implement(shout, { unary: () => Promise.reject(secret) })] });
    const models = { resolve: async (id?: string) => (id === "broken" ? broken : Promise.reject(secret)), list: () => Promise.reject(secret) };
    const onError = (error: unknown, { route }: { readonly route: string }): void => {
      logged.push(error, route);
      throw new Error("the log is full");
    };
    const server = start({ models, onError });
    const bodies = [await server(post(`${path}/job`, { model: "other", input: "a" })), await server(get("/info/models"))].map((answer) => answer.text());
    const { id } = (await (await server(post(`${path}/job`, { model: "broken", input: "a" }))).json()) as { id: string };
    await turns(5);
    const failed = await (await server(get(`${path}/job/${id}/result`))).text();
    expect(logged).toEqual([secret, "api/v1/task/shout/job", secret, "info/models", secret, "shout"]);
    for (const body of [...(await Promise.all(bodies)), failed]) expect(body).toBe('{"error":{"code":"unknown","message":"The stage failed on the server."}}');
  });

  it("are refused at once where the request is wrong, there are too many, or there are none", async () => {
    const server = start({ jobs: { maxRunning: 1, maxQueued: 0 } });
    const errors = async (request: object): Promise<unknown[]> => errorOf(await server(post(`${path}/job`, request)));
    expect([await errors({ model: "loud", input: 1 }), await errors({ model: "quiet", input: "a" }), await errors({ model: "loud", input: "a", parameters: { mark: 1 } })]).toEqual([
      [400, "invalid_argument", undefined],
      [404, "not_found", "model"],
      [400, "invalid_argument", undefined],
    ]);
    expect((await server(post(`${path}/job`, { model: "slow", input: "a" }))).status).toBe(202);
    expect(await errors({ model: "slow", input: "a" })).toEqual([503, "unavailable", "overloaded"]);
    expect(await errorOf(await start({ jobs: false })(post(`${path}/job`, {})))).toEqual([404, "not_found", "route"]);
    expect([(await server(get(`${path}/job`))).status, (await server(post(`${path}/job/x`, {}))).status, (await server(get(`${path}/job/x/y`))).status]).toEqual([405, 404, 404]);
  });
});
