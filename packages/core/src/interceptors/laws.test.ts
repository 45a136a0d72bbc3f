import { feed, stageLaws, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, each, inputStream, intercept, outputStream, pipe, unary, type AnyStage, type Interceptor, type Stream } from "../index.js";
import { budget, cache, concurrency, fallback, hedge, rateLimit, retry, timeout, trace } from "./index.js";
import { diagnostics } from "./diagnostics.js";
import { openTelemetry } from "./opentelemetry.js";

const never = (): Promise<never> => new Promise(() => {});
const shout = unary(async (word: string) => Promise.resolve(word.toUpperCase()));
const letters = outputStream(async function* letters(word: string) {
  yield* feed(...word);
});
const join = inputStream(async function join(parts: Stream<string>) {
  return (await collect(parts)).join("");
});
const words = bidi(async function* words(parts: Stream<string>) {
  for await (const part of parts) yield* part.split(" ");
});
const deaf = unary<string, string>(never);
const deafStream = outputStream<string, string>(async function* deafStream() {
  yield await never();
});

const hour = 3_600_000;
const anyMode: Record<string, () => Interceptor> = {
  "no interceptor of its own": () => (next) => next,
  timeout: () => timeout({ first: hour, idle: hour, total: hour }),
  retry: () => retry({ budget: budget() }),
  rateLimit: () => rateLimit({ limit: 100, interval: 1 }),
  concurrency: () => concurrency({ limit: 1 }),
  trace: () => trace(() => {}, { values: true }),
  "trace without a listener": () => trace(() => {}, { isOn: () => false }),
  diagnostics: () => diagnostics(),
  openTelemetry: () => openTelemetry(),
};
const valueInput: Record<string, () => Interceptor<never, string>> = {
  hedge: () => hedge({ after: hour }),
  cache: () => cache<string>({ key: (word) => word }),
};

for (const [name, make] of Object.entries(anyMode)) {
  stageLaws(`${name} over bidi`, { stage: () => intercept(words, make()), input: ["a b", "c"], output: ["a", "b", "c"] });
  stageLaws(`${name} over inputStream`, { stage: () => intercept(join, make()), input: ["a", "b"], output: ["ab"] });
}
for (const [name, make] of Object.entries({ ...anyMode, ...valueInput })) {
  stageLaws(`${name} over unary`, { stage: () => intercept(shout, make()), input: ["a"], output: ["A"], hanging: () => intercept(deaf, make()) });
  stageLaws(`${name} over outputStream`, { stage: () => intercept(letters, make()), input: ["abc"], output: ["a", "b", "c"], hanging: () => intercept(deafStream, make()) });
}
stageLaws("fallback over unary", { stage: () => intercept(shout, fallback(shout)), input: ["a"], output: ["A"], hanging: () => intercept(deaf, fallback(deaf)) });
stageLaws("fallback over outputStream", { stage: () => intercept(letters, fallback(letters)), input: ["abc"], output: ["a", "b", "c"], hanging: () => intercept(deafStream, fallback(deafStream)) });
stageLaws("fallback over inputStream", { stage: () => intercept(join, fallback(join)), input: ["a", "b"], output: ["ab"] });
stageLaws("fallback over bidi", { stage: () => intercept(words, fallback(words)), input: ["a b", "c"], output: ["a", "b", "c"] });
for (const make of [retry, (options: Parameters<typeof retry>[0]) => fallback(letters, options)] as const) {
  for (const after of [{ afterOutput: "replace" }, { afterOutput: "continue", continueWith: (word: string, given: readonly unknown[]) => word.slice(given.length) }] as const) {
    const stage = (over = letters) => intercept(over, make(after as never));
    stageLaws(`${make === retry ? "retry" : "fallback"} with ${after.afterOutput} over outputStream`, { stage: () => stage(), input: ["abc"], output: ["a", "b", "c"], hanging: () => stage(deafStream) });
  }
}

const all = <S extends AnyStage>(stage: S): S =>
  intercept(stage, trace(() => {}), timeout({ first: hour, total: hour }), concurrency({ limit: 20_000 }), rateLimit({ limit: 20_000, interval: 1 }), retry({ budget: budget() }), timeout({ idle: hour }));
stageLaws("all at once over outputStream", { stage: () => all(letters), input: ["abc"], output: ["a", "b", "c"], hanging: () => all(deafStream) });
stageLaws("all at once over bidi", { stage: () => all(words), input: ["a b", "c"], output: ["a", "b", "c"] });
stageLaws("an intercepted stage in a pipe", { stage: () => pipe(all(words), each(all(shout))), input: ["a b", "c"], output: ["A", "B", "C"] });

test.for(Object.entries({ ...anyMode, ...valueInput }))("leaving waits for a finally that takes its time: %s", async ([, make]) => {
  let isLeft = false;
  const slow = outputStream(async function* slow(word: string) {
    try {
      yield* word;
    } finally {
      await turns(5);
      isLeft = true;
    }
  });
  for await (const letter of intercept(slow, make())("ab")) {
    void letter;
    break;
  }
  expect(isLeft).toBe(true);
});
