import { collect, intercept, outputStream, StageError, unary, type OutputStream, type Stream } from "@iftk/core";
import { applyRollbacks, concurrency, rollback, type Rollback } from "@iftk/core/interceptors";
import { feed, hang, turns, virtualClock, type VirtualClock } from "@iftk/testing";
import fc from "fast-check";
import { afterEach, beforeEach, expect, expectTypeOf, test } from "vitest";
import { textOf, type ChatRequest, type EmbeddingsReply, type EmbeddingsRequest, type Engine, type Finish, type ImageOptions, type ImageRequest, type MediaPart, type Part, type VideoRequest } from "../index.js";
import { breaker, continueChat, resilient, resilientEngine, usageLedger, type UsageEntry } from "./index.js";

let clock: VirtualClock;
beforeEach(() => void (clock = virtualClock().install()));
afterEach(() => clock.uninstall());

const down = new StageError("unavailable", "down");
const finish: Finish = { type: "finish", reason: { unified: "stop", raw: "stop" }, usage: { inputTokens: 1, outputTokens: 1 } };
const say = (text: string): Part => ({ type: "text-delta", text });
const request: ChatRequest = { messages: [{ role: "user", content: "?" }] };
const failure = (error: unknown): unknown => error;

type Script = readonly (Part | Error | number)[];

/** Each call follows the next script: parts, an error, waits in milliseconds. */
function chat(calls: number[], ...scripts: readonly Script[]) {
  return outputStream(async function* chat(_: ChatRequest, { signal }): Stream<Part> {
    for (const one of scripts[calls.push(clock.now) - 1] ?? [say("a"), finish]) {
      if (one instanceof Error) throw one;
      if (typeof one === "number") await clock.sleep(one, signal);
      else yield one;
    }
  });
}

test("without options three attempts are made, and a stalled one is given up", async () => {
  const calls: number[] = [];
  const stage = resilient(chat(calls, [down], [{ type: "warning", message: "pings are no content" }, 200_000]), { retry: { jitter: false } });
  expect([await clock.until(collect(stage(request))), calls]).toEqual([[{ type: "warning", message: "pings are no content" }, say("a"), finish], [0, 500, 121_500]]);
});

test("an idle stream is cut, and told after output", async () => {
  const stage = resilient(chat([], [say("a"), 59_000, say("b"), 61_000, say("c")]));
  expect(await clock.until(collect(stage(request)).catch(failure))).toMatchObject({ code: "deadline_exceeded", message: "chat: no more content within 60000 ms" });
});

test("an option that is undefined is left out", async () => {
  const settings = { timeout: { first: undefined, idle: undefined }, retry: { when: undefined, jitter: false } } as object;
  const calls: number[] = [];
  const stage = resilient(chat(calls, [200_000], [200_000], [say("a"), 70_000]), settings);
  expect([await clock.until(collect(stage(request)).catch((error: Error) => error.message)), calls]).toEqual(["chat: no more content within 60000 ms", [0, 120_500, 241_500]]);
  const engine = resilientEngine(acme([]), { ...settings, capabilities: { chat: undefined, textToImage: settings } } as object);
  expect(await clock.until(collect(engine.textToImage({ model: "i" })({ prompt: "x" })))).toEqual([finish]);
});

test("all can be switched off", async () => {
  const calls: number[] = [];
  const stage = resilient(chat(calls, [500_000, say("a"), 500_000, down]), { retry: false, timeout: false });
  expect([await clock.until(collect(stage(request)).catch(failure)), calls, clock.now]).toEqual([down, [0], 1_000_000]);
});

test("the total limit is over all attempts, the others are of each", async () => {
  const calls: number[] = [];
  const stage = resilient(chat(calls, [800, down], [800, down], [800, down]), { retry: { jitter: false }, timeout: { first: 1000, total: 2500 } });
  expect([await clock.until(collect(stage(request)).catch((error: Error) => error.message)), calls]).toEqual(["down", [0, 1300]]); // no wait is begun that would outlast it
  const slow = resilient(chat([], [say("a"), 800, say("b"), 800, say("c"), 1000]), { timeout: { idle: 1000, total: 2500 } });
  expect(await clock.until(collect(slow(request)).catch((error: Error) => error.message))).toBe("chat: no end within 2500 ms");
});

test("a stage stands in when all attempts have failed, with policies of its own", async () => {
  const [calls, others]: [number[], number[]] = [[], []];
  const told: string[] = [];
  const local = resilient(chat(others, [down]), { retry: { jitter: false } });
  const stage = resilient(chat(calls, [down], [down], [down]), { retry: { jitter: false }, fallback: { stages: local, onFallback: ({ stage, next }) => void told.push(`${stage} to ${next}`) } });
  expect([await clock.until(collect(stage(request))), calls, others, told]).toEqual([[say("a"), finish], [0, 500, 1500], [1500, 2000], ["chat to chat"]]);
});

test("an open circuit is not waited for: what stands in is asked at once", async () => {
  const calls: number[] = [];
  const stage = resilient(chat(calls, ...Array.from({ length: 9 }, () => [down])), { retry: { jitter: false, backoff: { initial: 1 } }, breaker: { failures: 3 }, fallback: chat([]) });
  expect([await clock.until(collect(stage(request))), await clock.until(collect(stage(request))), calls.length]).toEqual([[say("a"), finish], [say("a"), finish], 3]);
});

test("waiting for a place counts for no limit but the total, and a wait between attempts holds none", async () => {
  const calls: number[][] = [];
  const place = concurrency({ limit: 1 });
  const make = (...scripts: Script[]) => resilient(chat(calls[calls.push([]) - 1] ?? [], ...scripts), { concurrency: place, timeout: { first: 100 }, retry: { jitter: false } });
  const first = collect(make([90, say("a"), 500, finish])(request));
  const second = collect(make([90, say("b"), finish])(request));
  const third = collect(make([down], [say("c"), finish])(request));
  expect([(await clock.until(Promise.all([first, second, third]))).map(([part]) => part), calls]).toEqual([[say("a"), say("b"), say("c")], [[0], [590], [680, 1180]]]);
});

test("the prompt is rewritten before another stage stands in", async () => {
  const asked: string[] = [];
  const refused = new StageError("invalid_argument", "not allowed", { reason: "content-filter" });
  const paint = outputStream(async function* paint({ prompt }: ImageRequest): Stream<MediaPart> {
    if (asked.push(prompt) < 3) throw refused;
    yield* feed<MediaPart>(finish);
  });
  const rewrite = unary(async function rewrite(prompt: string) {
    return Promise.resolve(`soft ${prompt}`);
  });
  const stage = resilient(paint, { contentFilter: { rewrite }, fallback: paint });
  expectTypeOf(stage).toEqualTypeOf<OutputStream<ImageRequest, MediaPart>>();
  expect([(await collect(stage({ prompt: "fight" }))).map(({ type }) => type), asked]).toEqual([["warning", "warning", "finish"], ["fight", "soft fight", "soft soft fight"]]);
});

test("types tell what is added", () => {
  const stage = chat([]);
  expectTypeOf(resilient(stage)).toEqualTypeOf<OutputStream<ChatRequest, Part>>();
  expectTypeOf(resilient(stage, { afterOutput: "replace" })).toEqualTypeOf<OutputStream<ChatRequest, Part | Rollback>>();
  expectTypeOf(resilient(stage, { afterOutput: "continue", continueWith: continueChat, fallback: resilient(stage) })).toEqualTypeOf<OutputStream<ChatRequest, Part>>();
  expect(() => resilient(stage, { afterOutput: "continue" })).toThrow('fallback: afterOutput "continue" needs continueWith'.replace("fallback", "retry"));
});

test("after output a retry replaces it, warnings too", async () => {
  const stage = resilient(chat([], [{ type: "warning", message: "w" }, say("a"), down], [say("b"), finish]), { retry: { jitter: false }, afterOutput: "replace" });
  expect(await clock.until(collect(stage(request)))).toEqual([{ type: "warning", message: "w" }, say("a"), rollback(2), say("b"), finish]);
});

/** An engine that fails as it is told, and counts. */
function acme(log: string[]): Engine & Required<Pick<Engine, "chat" | "textToImage" | "embeddings">> & { readonly region: string } {
  return {
    provider: "acme",
    region: "eu",
    chat: ({ model }) => outputStream(async function* chat(): Stream<Part> {
      log.push(`chat ${model}`);
      yield* feed<Part>();
      throw down;
    }),
    textToImage: ({ model }: ImageOptions) => outputStream(async function* paint(_: ImageRequest, { signal }): Stream<MediaPart> {
      log.push(`image ${model}`);
      await clock.sleep(200_000, signal);
      yield finish;
    }),
    embeddings: ({ model }) => unary(async function embed({ texts }: EmbeddingsRequest): Promise<EmbeddingsReply> {
      log.push(`embeddings ${model}`);
      return Promise.resolve({ vectors: texts.map(({ length }) => [length]), usage: { inputTokens: 3, outputTokens: 0 } });
    }),
  };
}

test("an engine is resilient in all that it does, over one circuit, and stays what it is", async () => {
  const log: string[] = [];
  const ledger = usageLedger();
  const circuit = breaker({ failures: 2 });
  const engine = resilientEngine(acme(log), { ledger, breaker: circuit, retry: { jitter: false }, capabilities: { embeddings: { breaker: false } } });
  expectTypeOf(engine).toEqualTypeOf<ReturnType<typeof acme>>();
  const outcomes = [
    (await clock.until(collect(engine.textToImage({ model: "i1" })({ prompt: "x" })))).length,
    await clock.until(collect(engine.chat({ model: "c1" })(request)).catch((error: StageError) => error.reason)),
    await clock.until(collect(engine.textToImage({ model: "i2" })({ prompt: "x" })).catch((error: StageError) => error.reason)),
    (await engine.embeddings({ model: "e1" })({ texts: ["abc"] })).vectors,
  ];
  expect([outcomes, log, engine.region, ledger.entries.map(({ provider, model, outcome }) => [provider, model, outcome])]).toEqual([
    [1, "circuit-open", "circuit-open", [[3]]],
    ["image i1", "chat c1", "chat c1", "embeddings e1"],
    "eu",
    [["acme", "i1", "success"], ["acme", "c1", "error"], ["acme", "c1", "error"], ["acme", "e1", "success"]],
  ]);
});

test("a video that is late is not made a second time, one that could not be begun is", async () => {
  const begun: string[] = [];
  const filming = (why: "late" | "silent" | "busy"): Engine & Required<Pick<Engine, "imageAndTextToVideo">> => ({
    provider: "acme",
    imageAndTextToVideo: () => outputStream(async function* film(_: VideoRequest, { signal }): Stream<MediaPart> {
      begun.push(why);
      yield { type: "progress", status: "QUEUED" };
      if (why === "silent") await clock.sleep(5_000_000, signal);
      throw why === "late" ? new StageError("deadline_exceeded", "the job did not end in time", { reason: "timeout" }) : down;
    }),
  });
  const image = { url: "https://example.org/a.png" };
  const outcomes = ["late", "silent", "busy"] as const;
  const codes: unknown[] = [];
  for (const why of outcomes) codes.push(await clock.until(collect(resilientEngine(filming(why), { retry: { jitter: false } }).imageAndTextToVideo({ model: "v" })({ image })).catch((error: StageError) => error.code)));
  expect([codes, begun]).toEqual([["deadline_exceeded", "deadline_exceeded", "unavailable"], ["late", "silent", "busy", "busy", "busy"]]);
});

test("the limits of one capability hold for all its stages together", async () => {
  const log: string[] = [];
  const engine = resilientEngine(acme(log), { retry: false, capabilities: { textToImage: { concurrency: { limit: 1 } } } });
  const first = collect(engine.textToImage({ model: "i1" })({ prompt: "x" }));
  const second = collect(engine.textToImage({ model: "i2" })({ prompt: "x" }));
  await clock.advance(1000);
  const before = [...log];
  await clock.until(Promise.all([first, second]));
  expect([before, log, clock.now]).toEqual([["image i1"], ["image i1", "image i2"], 400_000]);
});

test("a hedge does not make the attempts of a retry twice, but tries another stage", async () => {
  const [calls, others]: [number[], number[]] = [[], []];
  const limited = new StageError("resource_exhausted", "slow down", { reason: "rate-limit", retryAfter: 1000 });
  const always = Array.from({ length: 9 }, () => [limited]);
  const alone = resilient(chat(calls, ...always), { hedge: { after: 60_000 } });
  expect([await clock.until(collect(alone(request)).catch(failure)), calls]).toEqual([limited, [0, 1000, 2000]]);
  const beside = resilient(chat([], ...always), { hedge: { after: 60_000, stages: [chat(others)] } });
  expect([await clock.until(collect(beside(request))), others]).toEqual([[say("a"), finish], [4000]]);
});

test("a reply that is larger than its bound is not asked for again", async () => {
  const calls: number[] = [];
  const tooLarge = new StageError("resource_exhausted", "too large", { reason: "too-large" });
  const stage = resilient(chat(calls, [tooLarge]));
  expect([await clock.until(collect(stage(request)).catch(failure)), calls]).toEqual([tooLarge, [0]]);
});

test("whoever leaves takes all of it along", async () => {
  const ledger = usageLedger();
  const silent = outputStream((_: ChatRequest) => hang<Part>());
  const stage = resilient(silent, { ledger, hedge: { after: 10 }, breaker: {}, concurrency: { limit: 5 }, rateLimit: { limit: 5, interval: 1000 }, timeout: { total: 1000 }, fallback: silent });
  const iterator = stage(request)[Symbol.asyncIterator]();
  const pending = iterator.next();
  await clock.advance(20);
  await Promise.all([iterator.return?.(), pending]);
  await turns(2);
  expect([ledger.entries.map(({ outcome }) => outcome), clock.timers]).toEqual([["abort", "abort"], 0]);
});

const text = "Once upon a time there was a stage.";

/** Goes on from what the request has of the reply, in pieces of so many letters; each call follows the next script. */
function teller(scripts: readonly { readonly first: number; readonly pieces: number; readonly size: number; readonly end: "fail" | "stall" | "cut" }[], calls: string[]) {
  return outputStream(async function* tell({ messages }: ChatRequest, { signal }): Stream<Part> {
    const last = messages.at(-1);
    const begun = last?.role === "assistant" ? textOf(last, "tell") : "";
    const script = scripts[calls.push(begun) - 1];
    if (script) await clock.sleep(script.first, signal);
    const size = script?.size ?? 5;
    for (let at = begun.length, piece = 0; at < text.length; at += size, piece++) {
      if (script?.pieces === piece) break;
      yield say(text.slice(at, at + size));
      if (script) await clock.sleep(100, signal);
    }
    if (script?.end === "stall") await clock.sleep(100_000, signal);
    if (script) throw script.end === "cut" ? new StageError("unavailable", "cut", { reason: "truncated" }) : down;
    yield finish;
  });
}

test.for(["replace", "continue"] as const)("whatever fails, stalls and is late, %s loses nothing and gives nothing twice, and each attempt is written down once", { timeout: 60_000 }, async (afterOutput) => {
  const script = fc.record({ first: fc.nat(2500), pieces: fc.nat(4), size: fc.integer({ min: 1, max: 4 }), end: fc.constantFrom("fail" as const, "stall" as const, "cut" as const) });
  await fc.assert(
    fc.asyncProperty(fc.array(script, { maxLength: 6 }), fc.boolean(), async (scripts, isHedged) => {
      const [calls, entries]: [string[], UsageEntry[]] = [[], []];
      const stage = resilient(teller(scripts, calls), {
        afterOutput,
        ...(afterOutput === "continue" && { continueWith: continueChat }),
        ledger: usageLedger({ onEntry: (entry) => void entries.push(entry) }),
        hedge: isHedged && { after: 1500 },
        retry: { attempts: 4, random: () => 0.5 },
        timeout: { first: 2000, idle: 1000 },
        breaker: { failures: 100 },
        rateLimit: { limit: 100, interval: 1000 },
      });
      const told = await clock.until(applyRollbacks<Part>()(stage(request)).then((parts) => parts.map((part) => (part.type === "text-delta" ? part.text : "")).join(""), failure));
      if (scripts.length < 4 || typeof told === "string") expect(told).toBe(text);
      else expect(told).toBeInstanceOf(StageError);
      expect(entries.map(({ attempt }) => attempt).toSorted((one, other) => one - other)).toEqual(calls.map((_, index) => index + 1));
      expect(entries.filter(({ outcome }) => outcome === "success").length).toBe(typeof told === "string" ? 1 : 0);
      expect(clock.timers).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test("a policy that makes no sense over the stage is refused when it is made", () => {
  expect(() => resilient(unary((word: string) => word), { afterOutput: "replace" })).toThrow("retry: unary gives one value");
  expect(() => intercept(chat([]), breaker({ openFor: 0 }))).toThrow("breaker: openFor must be a whole number from 1 on, not 0");
});
