import { intercept, outputStream, unary, type Interceptor } from "@iftk/core";
import { feed, stageLaws } from "@iftk/testing";
import { breaker, contentFilterRetry, resilient, usageLedger, type ResilientOptions } from "./index.js";

const never = (): Promise<never> => new Promise(() => {});
const shout = unary(async function shout(word: string) {
  return Promise.resolve(word.toUpperCase());
});
const letters = outputStream(async function* letters(word: string) {
  yield* feed(...word);
});
const deaf = unary<string, string>(never);
const deafStream = outputStream<string, string>(async function* deafStream() {
  yield await never();
});

const interceptors: Record<string, () => Interceptor> = {
  breaker: () => breaker(),
  "the ledger": () => usageLedger().record(),
  contentFilterRetry: () => contentFilterRetry({ rewrite: shout }) as Interceptor,
};
for (const [name, make] of Object.entries(interceptors)) {
  stageLaws(`${name} over unary`, { stage: () => intercept(shout, make()), input: ["a"], output: ["A"], hanging: () => intercept(deaf, make()) });
  stageLaws(`${name} over outputStream`, { stage: () => intercept(letters, make()), input: ["abc"], output: ["a", "b", "c"], hanging: () => intercept(deafStream, make()) });
}

const all = { breaker: {}, concurrency: { limit: 20_000 }, rateLimit: { limit: 20_000, interval: 1 }, hedge: { after: 3_600_000 }, timeout: { total: 3_600_000 }, contentFilter: { rewrite: shout } } as const satisfies ResilientOptions<typeof letters>;
const whole = (ledger = usageLedger()) => ({
  unary: (stage = shout) => resilient(stage, { ...all, ledger, fallback: shout }),
  stream: (stage = letters) => resilient(stage, { ...all, ledger, fallback: letters }),
});
stageLaws("resilient with all policies over unary", { stage: () => whole().unary(), input: ["a"], output: ["A"], hanging: () => whole().unary(deaf) });
stageLaws("resilient with all policies over outputStream", { stage: () => whole().stream(), input: ["abc"], output: ["a", "b", "c"], hanging: () => whole().stream(deafStream) });
stageLaws("resilient by default over outputStream", { stage: () => resilient(letters), input: ["abc"], output: ["a", "b", "c"], hanging: () => resilient(deafStream) });
