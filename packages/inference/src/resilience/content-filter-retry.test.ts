import { bidi, collect, intercept, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { applyRollbacks, retry } from "@iftk/core/interceptors";
import { feed, hang, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import type { ChatRequest, Finish, ImageRequest, MediaPart, Part, Warning } from "../index.js";
import { contentFilterRetry, promptText, rewriteBy, type Rewrite } from "./index.js";

const refused = new StageError("invalid_argument", "acme: 400: not allowed", { reason: "content-filter" });
const end = (unified: Finish["reason"]["unified"]): Finish => ({ type: "finish", reason: { unified, raw: unified }, usage: { inputTokens: 1, outputTokens: 1 } });
const softer = unary(async function softer(prompt: string) {
  return Promise.resolve(`softer ${prompt}`);
});

/** Answers each request with the next script: its values, and the error that it ends with. */
function painter(asked: ImageRequest[], ...scripts: readonly (readonly (MediaPart | Error)[])[]) {
  return outputStream(async function* paint(request: ImageRequest): Stream<MediaPart> {
    for (const value of scripts[asked.push(request) - 1] ?? [end("stop")]) {
      if (value instanceof Error) throw value;
      yield value;
    }
  });
}

const failure = (error: unknown): unknown => error;

test("a prompt that is refused is rewritten and tried again, the new text reported", async () => {
  const [asked, told]: [ImageRequest[], Rewrite[]] = [[], []];
  const stage = intercept(painter(asked, [refused], [refused]), contentFilterRetry<ImageRequest>({ rewrite: softer, onRewrite: (one) => void told.push(one) }));
  expect([await collect(stage({ prompt: "a fight", width: 512 })), asked, told]).toEqual([
    [
      { type: "warning", message: "content filter: attempt 1 of 3 was refused; the prompt was rewritten to: softer a fight" },
      { type: "warning", message: "content filter: attempt 2 of 3 was refused; the prompt was rewritten to: softer softer a fight" },
      end("stop"),
    ],
    [{ prompt: "a fight", width: 512 }, { prompt: "softer a fight", width: 512 }, { prompt: "softer softer a fight", width: 512 }],
    [{ attempt: 1, error: refused, from: "a fight", to: "softer a fight" }, { attempt: 2, error: refused, from: "softer a fight", to: "softer softer a fight" }],
  ]);
});

test("after three attempts the refusal is told as it is", async () => {
  const asked: ImageRequest[] = [];
  const stage = intercept(painter(asked, [refused], [refused], [refused]), contentFilterRetry({ rewrite: softer }));
  expect([await collect(stage({ prompt: "a fight" })).catch(failure), asked.length]).toEqual([refused, 3]);
});

test.for([
  ["another error", [new StageError("unavailable", "down")]],
  ["another error of the request", [new StageError("invalid_argument", "too long", { reason: "context-length" })]],
  ["a refusal after content", [{ type: "media-start", index: 0, mediaType: "image/png" }, refused]],
] as [string, (MediaPart | Error)[]][])("%s is told untouched and nothing is rewritten", async ([, script]) => {
  const asked: ImageRequest[] = [];
  const stage = intercept(painter(asked, script), contentFilterRetry({ rewrite: softer }));
  expect([await collect(stage({ prompt: "a fight" })).catch(failure), asked.length]).toEqual([script.at(-1), 1]);
});

test("a reply that the filter ended before any content is withheld and tried again, the last one is given", async () => {
  const asked: ImageRequest[] = [];
  const warning: MediaPart = { type: "warning", message: "seed is ignored" };
  const stage = intercept(painter(asked, [warning, end("content-filter")], [end("content-filter")]), contentFilterRetry({ rewrite: softer, attempts: 2 }));
  expect(await collect(stage({ prompt: "a fight" }))).toEqual([warning, { type: "warning", message: "content filter: attempt 1 of 2 was refused; the prompt was rewritten to: softer a fight" }, end("content-filter")]);
  const late: MediaPart[] = [{ type: "media-start", index: 0, mediaType: "image/png" }, end("content-filter")];
  expect(await collect(intercept(painter([], late), contentFilterRetry({ rewrite: softer }))({ prompt: "?" }))).toEqual(late);
});

test("words with which the filter refuses do not count as content; those of the model are given with the rest", async () => {
  const says = (...replies: readonly (readonly (Part | Error)[])[]) => {
    let asked = 0;
    const chat = outputStream(async function* chat(_: ChatRequest): Stream<Part> {
      for (const part of replies[asked++] ?? []) {
        await turns(1); // each in a read of its own
        if (part instanceof Error) throw part;
        yield part;
      }
    });
    return collect(intercept(chat, contentFilterRetry({ rewrite: softer, attempts: 2 }))({ messages: [{ role: "user", content: "a fight" }] })).catch(failure);
  };
  const refusal: Part = { type: "refusal-delta", text: "I cannot help with that." };
  const told: Part = { type: "warning", message: "content filter: attempt 1 of 2 was refused; the prompt was rewritten to: softer a fight" };
  const text: Part = { type: "text-delta", text: "a hug" };
  const down = new StageError("unavailable", "down");
  expect([
    await says([refusal, end("content-filter")], [text, end("stop")]),
    await says([refusal, end("content-filter")], [refusal, end("content-filter")]),
    await says([refusal, end("stop")]),
    await says([refusal, text, end("content-filter")]),
    await says([refusal, down]),
  ]).toEqual([[told, text, end("stop")], [told, refusal, end("content-filter")], [refusal, end("stop")], [refusal, text, end("content-filter")], down]);
});

test("parts that a retry takes back are counted as they were given, words of refusal or not", async () => {
  const down = new StageError("unavailable", "down");
  const warning: Part = { type: "warning", message: "seed is ignored" };
  const refusal: Part = { type: "refusal-delta", text: "I cannot" };
  const text: Part = { type: "text-delta", text: "a hug" };
  const told = (...replies: readonly (readonly (Part | Error)[])[]) => {
    let asked = 0;
    const chat = outputStream(async function* chat(_: ChatRequest): Stream<Part> {
      for (const part of replies[asked++] ?? []) {
        await turns(1);
        if (part instanceof Error) throw part;
        yield part;
      }
    });
    const stage = intercept(chat, contentFilterRetry({ rewrite: softer }), retry({ backoff: { initial: 0 }, afterOutput: "replace" }));
    return applyRollbacks<Part | Warning>()(stage({ messages: [{ role: "user", content: "a fight" }] })).catch(failure);
  };
  const rewritten: Part = { type: "warning", message: "content filter: attempt 1 of 3 was refused; the prompt was rewritten to: softer a fight" };
  expect([
    await told([refusal, down], [refusal, end("content-filter")], [text, end("stop")]),
    await told([warning, refusal, down], [warning, end("content-filter")], [text, end("stop")]),
    await told([warning, refusal, down], [refused], [text, end("stop")]),
    await told([warning, refusal, down], [refusal, text, end("stop")]),
  ]).toEqual([[rewritten, text, end("stop")], [warning, rewritten, text, end("stop")], [rewritten, text, end("stop")], [refusal, text, end("stop")]]);
});

test("a chat model may be the one that rewrites", async () => {
  const requests: ChatRequest[] = [];
  const chat = outputStream(async function* chat(request: ChatRequest): Stream<Part> {
    requests.push(request);
    yield* feed<Part>({ type: "text-delta", text: " a calm" }, { type: "text-delta", text: " scene\n" }, end("stop"));
  });
  const asked: ImageRequest[] = [];
  await collect(intercept(painter(asked, [refused]), contentFilterRetry({ rewrite: chat }))({ prompt: "a fight" }));
  expect([asked.map(({ prompt }) => prompt), requests.map(({ messages }) => messages.map(({ role, content }) => [role, role === "user" ? content : typeof content]))]).toEqual([
    ["a fight", "a calm scene"],
    [[["system", "string"], ["user", "a fight"]]],
  ]);
  expect(rewriteBy(chat).mode).toBe("unary");
});

test.for(["length", "content-filter"] as const)("a prompt that a chat model rewrote in part, ended by %s, is not used", async (reason) => {
  const chat = outputStream((_: ChatRequest) => feed<Part>({ type: "text-delta", text: "a calm sce" }, end(reason)));
  const asked: ImageRequest[] = [];
  const error = await collect(intercept(painter(asked, [refused]), contentFilterRetry({ rewrite: chat }))({ prompt: "a fight" })).catch(failure);
  expect([asked.length, (error as StageError).message]).toEqual([1, `paint: the content filter refused the prompt, and rewriting it failed: the rewritten prompt is cut off (${reason})`]);
});

test.for([
  ["fails", unary<string, string>(() => Promise.reject(new Error("no model"))), "rewriting it failed: no model"],
  ["gives nothing", unary(async (_: string) => Promise.resolve(" \n")), "the rewritten prompt is empty"],
] as const)("a rewrite that %s keeps the refusal as the cause", async ([, rewrite, why]) => {
  const stage = intercept(painter([], [refused]), contentFilterRetry({ rewrite }));
  const error = await collect(stage({ prompt: "a fight" })).catch(failure);
  expect(error).toMatchObject({ code: "invalid_argument", reason: "content-filter", stage: "paint", message: `paint: the content filter refused the prompt, and ${why}`, cause: refused });
});

test("leaving while the prompt is rewritten cancels that", async () => {
  const reasons: unknown[] = [];
  const controller = new AbortController();
  const rewrite = unary(async function rewrite(_: string, { signal }) {
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    return (await collect(hang<string>())).join("");
  });
  const answer = collect(intercept(painter([], [refused]), contentFilterRetry({ rewrite }))({ prompt: "a fight" }, { signal: controller.signal })).catch(failure);
  await turns(2);
  controller.abort(new Error("given up"));
  expect([await answer, reasons]).toEqual([new Error("given up"), [new Error("given up")]]);
});

test("a unary stage is tried again without a warning, a request without a prompt is not", async () => {
  let calls = 0;
  const embed = intercept(
    unary(async function embed({ text }: { text?: string }) {
      if (++calls < 3) throw refused;
      return Promise.resolve(text);
    }),
    contentFilterRetry({ rewrite: softer }),
  );
  expect([await embed({ text: "a fight" }), calls]).toEqual(["softer softer a fight", 3]);
  calls = 0;
  expect([await embed({}).catch(failure), calls]).toEqual([refused, 1]);
});

test("the prompt of a chat is the text of the user's last message; other content stays", () => {
  const image = { type: "image", image: { url: "https://example.org/a.png" } } as const;
  const request: ChatRequest = { messages: [{ role: "user", content: "Hello." }, { role: "assistant", content: "Hi." }, { role: "user", content: [{ type: "text", text: "Paint" }, image, { type: "text", text: "a fight" }], cache: true }] };
  expect([promptText.textOf(request), promptText.withText(request, "Paint a calm scene")]).toEqual([
    "Paint\n\na fight",
    { messages: [...request.messages.slice(0, 2), { role: "user", content: [{ type: "text", text: "Paint a calm scene" }, image], cache: true }] },
  ]);
  expect(promptText.withText({ messages: [{ role: "user", content: "a" }] }, "b")).toEqual({ messages: [{ role: "user", content: "b" }] });
});

test("a stage that takes a stream is refused, and so is no attempt", () => {
  expect(() => intercept(bidi((input: Stream<string>) => input), contentFilterRetry({ rewrite: softer }) as never)).toThrow("contentFilterRetry: bidi takes a stream, which cannot be read twice");
  expect(() => contentFilterRetry({ rewrite: softer, attempts: 0 })).toThrow("contentFilterRetry: attempts must be a whole number from 1 on, not 0");
});
