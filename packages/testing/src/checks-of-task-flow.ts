/** Checks of the laws of tasks that say when something comes, and when it stops. */
import { takesValue, yieldsValue, type Call, type Mode, type Stream } from "@iftk/core";
import { flavourOf, type AnyImplementation } from "@iftk/core/task";
import type { TaskCheck } from "./checks-of-tasks.js";
import { describeOutcome, settle, show } from "./settle.js";
import { feed, hang } from "./sources.js";
import { callIn, modes, type TaskTrial } from "./task-trial.js";
import { lawChecks } from "./try-laws.js";

/** A whole that has parts on both sides. */
interface Example {
  readonly whole: unknown;
  readonly parts: readonly unknown[];
  readonly outputParts: readonly unknown[];
}

/** Turns of the event loop that leaving at the end of a check may take. */
const patienceOfTidying = 5;

/** The checks of what streams, and of what is left. */
export function flowChecks(trial: TaskTrial): readonly TaskCheck[] {
  const { implementation } = trial;
  if (!implementation) return [];
  const pairs = modes.flatMap((given) => modes.map((asked) => ({ given, asked })));
  const ifParts = async (): Promise<string | undefined> => ((await exampleOf(trial)) ? undefined : "no whole has a part, and an output with a part");
  const streaming = pairs.flatMap(({ given, asked }): TaskCheck[] => {
    const [input, output] = [!takesValue(given) && !takesValue(asked), !yieldsValue(given) && !yieldsValue(asked)];
    if (!input && !output) return [];
    const what = input && output ? "an output part comes before the last input part is there" : input ? "an input part arrives before the last is there" : "an output part comes before the last is there";
    return [{ law: "streaming", check: `${given} serves ${asked}: ${what}`, hindrance: ifParts, fault: () => heldBack(trial, given, asked) }];
  });
  const own: readonly TaskCheck[] = implementation.given.includes("bidi") ? [{ law: "streaming", check: "bidi of the implementation gives an output part before the input has ended", hindrance: ifParts, fault: () => neverEarly(trial, implementation) }] : [];
  const leaving = pairs.map(({ given, asked }): TaskCheck => ({ law: "leaving", check: `${given} serves ${asked}`, fault: () => brokenLaw(trial, given, asked) }));
  return [...streaming, ...own, ...(trial.isServed ? [] : leaving)];
}

/** The whole with the most parts of its output that has a part, too. */
async function exampleOf({ wholes, partsOf, outputPartsOf }: TaskTrial): Promise<Example | undefined> {
  const examples = await Promise.all(wholes.map(async (whole) => ({ whole, parts: await partsOf(whole), outputParts: await outputPartsOf(whole) })));
  return examples.filter(({ parts, outputParts }) => parts.length > 0 && outputParts.length > 0).sort((one, other) => other.outputParts.length - one.outputParts.length)[0];
}

/** Whether the first part is held back where both flavours stream. The given flavour takes the first part, gives the first part, and waits for ever. */
async function heldBack(trial: TaskTrial, given: Mode, asked: Mode): Promise<string | undefined> {
  const { whole, parts, outputParts } = (await exampleOf(trial)) as Example;
  const arrival = Promise.withResolvers<void>();
  const take = async (input: unknown): Promise<void> => {
    if (!takesValue(given)) await (input as Stream<unknown>)[Symbol.asyncIterator]().next();
    arrival.resolve();
  };
  const waits = async (input: unknown, { signal }: Pick<Call, "signal">): Promise<never> => {
    await take(input);
    return aborted(signal);
  };
  const gives = async function* (input: unknown, { signal }: Pick<Call, "signal">): Stream<unknown> {
    await take(input);
    yield outputParts[0];
    await aborted(signal);
  };
  const [isInputStreamed, isOutputStreamed] = [!takesValue(given) && !takesValue(asked), !yieldsValue(given) && !yieldsValue(asked)];
  return trial.serving(trial.only(given, yieldsValue(given) ? waits : gives), async (served) => {
    const input = takesValue(asked) ? whole : isInputStreamed ? pausing(parts[0]) : feed(...parts);
    const caller = new AbortController();
    const result = callIn(flavourOf(served, asked), input, caller.signal);
    const iterator = yieldsValue(asked) ? undefined : (result as Stream<unknown>)[Symbol.asyncIterator]();
    const answer = (iterator?.next() ?? result) as Promise<unknown>;
    const early = isOutputStreamed ? answer : Promise.race([arrival.promise, answer.then(() => arrival.promise)]);
    const outcome = await settle(early, trial.patience);
    caller.abort();
    await settle(answer, patienceOfTidying);
    await settle(iterator?.return?.(), patienceOfTidying);
    if (outcome !== "pending" && "value" in outcome && (outcome.value as IteratorResult<unknown> | undefined)?.done !== true) return undefined;
    return `with ${show(whole)}: expected the first part of the ${isOutputStreamed ? "output" : "input"} while the rest is not there; ${describeOutcome(outcome)}`;
  });
}

/** A stream that gives the values, and then nothing until it is left: a server that drains must not wait for it. */
function pausing(...values: readonly unknown[]): Stream<unknown> {
  const left = Promise.withResolvers<IteratorResult<unknown>>();
  const given = values.values();
  const next = (): Promise<IteratorResult<unknown>> => {
    const result = given.next();
    return result.done ? left.promise : Promise.resolve(result);
  };
  const end = (): Promise<IteratorResult<unknown>> => {
    left.resolve({ done: true, value: undefined });
    return left.promise;
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

/** Rejects when the signal fires; a server that is to drain must not wait for it. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

/** Whether the implementation's own bidi gives nothing before the end of any whole. */
async function neverEarly(trial: TaskTrial, implementation: AnyImplementation): Promise<string | undefined> {
  return trial.serving(implementation, async (served) => {
    const caller = new AbortController();
    const inputs = await Promise.all(trial.wholes.map((whole) => trial.partsOf(whole)));
    const iterators = inputs.map((parts) => (callIn(served.bidi, pausing(...parts), caller.signal) as Stream<unknown>)[Symbol.asyncIterator]());
    const outcome = await settle(Promise.any(iterators.map((iterator) => iterator.next())), trial.patience);
    caller.abort();
    for (const iterator of iterators) await settle(iterator.return?.(), patienceOfTidying);
    if (outcome !== "pending" && "value" in outcome) return undefined;
    return "expected an output part of at least one of the wholes before the input ends; give a longer whole, or inputStream in place of a bidi that waits";
  });
}

/** What the laws of stages say of a derived flavour that is not lazy, or cannot be left. */
async function brokenLaw(trial: TaskTrial, given: Mode, asked: Mode): Promise<string | undefined> {
  const example = await exampleOf(trial);
  const { whole, parts } = example && example.outputParts.length > 1 ? example : { whole: trial.wholes[0], parts: await trial.partsOf(trial.wholes[0]) };
  const silent = yieldsValue(given) ? (): Promise<never> => new Promise(() => {}) : (): Stream<never> => hang();
  const checks = lawChecks({
    stage: () => flavourOf(trial.configured(trial.only(given)), asked),
    hanging: () => flavourOf(trial.configured(trial.only(given, silent)), asked),
    input: takesValue(asked) ? [whole] : parts,
    patience: trial.patience,
    readsAhead: trial.readsAhead,
  });
  for (const { law, check, isApplicable, attempt } of checks) {
    if (!isApplicable || (law.name !== "lazy" && law.name !== "return")) continue;
    const { outcome, how } = await attempt();
    if (outcome === "broken") return `law ${law.number} of stages (${law.name}): ${check}: ${how}`;
  }
  return undefined;
}
