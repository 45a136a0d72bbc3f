/** The interceptors of `@iftk/core/interceptors` over stages in all four modes. */
import { each, intercept, pipe, type AnyStage, type Interceptor } from "@iftk/core";
import { budget, cache, concurrency, fallback, hedge, rateLimit, retry, timeout, trace } from "@iftk/core/interceptors";
import type { LawSubject } from "@iftk/testing/neutral";
import { deaf, deafLetters, join, letters, shout, words } from "./words.js";

const hour = 3_600_000;

const anyMode: Readonly<Record<string, () => Interceptor>> = {
  timeout: () => timeout({ first: hour, idle: hour, total: hour }),
  retry: () => retry({ budget: budget() }),
  rateLimit: () => rateLimit({ limit: 100, interval: 1 }),
  concurrency: () => concurrency({ limit: 1 }),
  trace: () => trace(() => {}, { values: true }),
};
const ofValues: Readonly<Record<string, () => Interceptor<never, string>>> = {
  hedge: () => hedge({ after: hour }),
  cache: () => cache<string>({ key: (word) => word }),
};

type Around = <S extends AnyStage>(stage: S) => S;

/** Stages that take streams, with something around them. */
const overStreams = (name: string, around: Around): [string, LawSubject][] => [
  [`${name} over bidi`, { stage: () => around(words), input: ["a b", "c"], output: ["a", "b", "c"] }],
  [`${name} over inputStream`, { stage: () => around(join), input: ["a", "b"], output: ["ab"] }],
];

/** Stages that take one value, with something around them. */
const overValues = (name: string, ofUnary: (stage: typeof shout) => typeof shout, ofStream: (stage: typeof letters) => typeof letters): [string, LawSubject][] => [
  [`${name} over unary`, { stage: () => ofUnary(shout), input: ["a"], output: ["A"], hanging: () => ofUnary(deaf) }],
  [`${name} over outputStream`, { stage: () => ofStream(letters), input: ["abc"], output: ["a", "b", "c"], hanging: () => ofStream(deafLetters) }],
];

const all: Around = (stage) =>
  intercept(stage, trace(() => {}), timeout({ first: hour, total: hour }), concurrency({ limit: 20_000 }), rateLimit({ limit: 20_000, interval: 1 }), retry({ budget: budget() }), timeout({ idle: hour }));

const inAllModes = (name: string, around: Around): [string, LawSubject][] => [...overStreams(name, around), ...overValues(name, around, around)];

/** The subjects, by name. */
export const subjectsOfInterceptors: Readonly<Record<string, LawSubject>> = Object.fromEntries<LawSubject>([
  ...Object.entries(anyMode).flatMap(([name, make]) => inAllModes(name, (stage) => intercept(stage, make()))),
  ...Object.entries(ofValues).flatMap(([name, make]) => overValues(name, (stage) => intercept(stage, make()), (stage) => intercept(stage, make()))),
  ["fallback over bidi", { stage: () => intercept(words, fallback(words)), input: ["a b", "c"], output: ["a", "b", "c"] }],
  ...inAllModes("all at once", all),
  ["an intercepted stage in a pipe", { stage: () => pipe(all(words), each(all(shout))), input: ["a b", "c"], output: ["A", "B", "C"] }],
]);
