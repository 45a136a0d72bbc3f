/** Passes that are aborted, released and closed. */
import { macrotask } from "@iftk/core/authoring";
import { type BackendCheck, type BackendTrial, demand, demandClose, demandRefusal, demandSame, failureOf, later, logitsAfter, tokensOf } from "./backend-trial.js";

const promptLength = ({ backend }: BackendTrial): number => Math.min(300, backend.contextSize - 10);

const before: BackendCheck = {
  sentence: "a pass that is aborted before it begins rejects with the reason and costs nothing",
  async holds({ backend }) {
    const { tokens } = backend.statistics;
    const sequence = backend.openSequence();
    const reason = new Error("no");
    for (const run of [() => sequence.forward([1], { signal: AbortSignal.abort(reason) }), () => sequence.forwardRows([1], { signal: AbortSignal.abort(reason) })]) {
      demand((await failureOf(run)) === reason, "the reason of the abort", "something else came");
    }
    demandSame([sequence.length, backend.statistics.tokens - tokens, backend.statistics.pending], [0, 0, 0], "length, tokens and pending passes");
  },
};

const during: BackendCheck = {
  sentence: "a pass that is aborted, after however many turns, rejects within one and leaves the sequence as it was",
  async holds(trial) {
    const { backend } = trial;
    const prompt = tokensOf(backend, promptLength(trial));
    const expected = await logitsAfter(backend, [1, 2, 3, 4]);
    for (const turns of [0, 1, 2, 3, 5, 8]) {
      const sequence = backend.openSequence();
      await sequence.forward([1, 2, 3]);
      const controller = new AbortController();
      const reason = new Error("enough");
      const outcomes: unknown[] = [];
      const pass = failureOf(() => sequence.forward(prompt, { signal: controller.signal })).then((outcome) => outcomes.push(outcome));
      for (let turn = 0; turn < turns; turn++) await macrotask();
      if (outcomes.length === 0) {
        controller.abort(reason);
        await macrotask();
        demand(outcomes[0] === reason, "a rejection with the reason within a turn of the event loop", `aborted after ${turns} turns it is ${outcomes.length === 0 ? "pending" : String(outcomes[0])}`);
        demandSame([sequence.length, backend.statistics.pending], [3, 0], "length and pending passes");
        demandClose(trial, (await sequence.forward([4])).slice(), expected, "the logits after an abort");
      }
      await pass;
      sequence.release();
    }
  },
};

const after: BackendCheck = {
  sentence: "an abort after the pass changes nothing, and no listener stays",
  async holds({ backend }) {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...parameters: Parameters<typeof add>) => {
      listeners++;
      add(...parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
      listeners--;
      remove(...parameters);
    };
    const sequence = backend.openSequence();
    for (let token = 0; token < 5; token++) await sequence.forward([token], { signal });
    await sequence.forwardRows([5], { signal });
    demandSame(listeners, 0, "the listeners that stay");
    controller.abort();
    await macrotask();
    demandSame([sequence.length, (await sequence.forward([6])).length], [6, backend.vocabularySize], "the length before and the logits of a pass after the abort");
  },
};

const beside: BackendCheck = {
  sentence: "a pass beside one that is aborted or released is unharmed",
  async holds(trial) {
    const { backend } = trial;
    const prompt = tokensOf(backend, Math.min(60, promptLength(trial)), 7);
    const expected = await logitsAfter(backend, prompt);
    for (const end of ["abort", "release"] as const) {
      const [kept, dropped] = [backend.openSequence(), backend.openSequence()];
      const controller = new AbortController();
      const pass = later(kept.forward(prompt).then((logits) => logits.slice()));
      const ended = failureOf(() => dropped.forward(tokensOf(backend, promptLength(trial)), { signal: controller.signal }));
      await macrotask();
      await macrotask();
      if (end === "abort") controller.abort();
      else dropped.release();
      demandClose(trial, await pass, expected, `the logits of a pass beside one that is ended by ${end}`);
      await ended;
      kept.release();
      dropped.release();
    }
  },
};

const release: BackendCheck = {
  sentence: "a release gives up the pass that runs, and its room serves the next sequence",
  bounds: { maximumSequences: 1 },
  async holds(trial) {
    const { backend } = trial;
    for (const turns of [0, 1, 3]) {
      const sequence = backend.openSequence();
      const pass = failureOf(() => sequence.forward(tokensOf(backend, promptLength(trial))));
      for (let turn = 0; turn < turns; turn++) await macrotask();
      const isRunning = backend.statistics.pending > 0;
      sequence.release();
      if (isRunning) await demandRefusal(async () => Promise.reject(await pass), "canceled", "the pass of a released sequence");
      demandSame([backend.statistics.sequences, backend.statistics.pending], [0, 0], "open sequences and pending passes");
      const [one, other] = [await logitsAfter(backend, [1, 2, 3]), await logitsAfter(backend, [1, 2, 3])];
      demandClose(trial, one, other, "the same logits in the room of the released one");
    }
  },
};

const close: BackendCheck = {
  sentence: "closing rejects what runs and waits, refuses what comes after, and can be done again",
  async holds(trial) {
    const { backend } = trial;
    const [running, waiting, idle] = [backend.openSequence(), backend.openSequence(), backend.openSequence()];
    await idle.forward([1]);
    const state = await idle.save();
    const passes = [running, waiting].map((sequence) => failureOf(() => sequence.forward(tokensOf(backend, promptLength(trial)))));
    await macrotask();
    const closing = backend.close();
    for (const pass of passes) await demandRefusal(async () => Promise.reject(await pass), "canceled", "a pass during which the backend is closed");
    await Promise.all([closing, backend.close()]);
    const calls = {
      openSequence: () => backend.openSequence(),
      restoreSequence: () => backend.restoreSequence(state),
      tokenize: () => backend.tokenize("a"),
      tokenBytes: () => backend.tokenBytes(1),
      isEndOfGeneration: () => backend.isEndOfGeneration(1),
      forward: () => idle.forward([1]),
      fork: () => idle.fork(),
      save: () => idle.save(),
    };
    for (const [name, call] of Object.entries(calls)) await demandRefusal(call, "failed_precondition", `${name} after close`);
    idle.release();
    demandSame([backend.statistics.sequences, backend.statistics.pending], [0, 0], "open sequences and pending passes");
  },
};

export const checksOfEnds: readonly BackendCheck[] = [before, during, after, beside, release, close];
