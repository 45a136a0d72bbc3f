/** Sequences that are forked, trimmed, cut and released. */
import { type BackendCheck, demandApart, demandClose, demandRefusal, demandSame, later, logitsAfter, tokensOf } from "./backend-trial.js";

const fork: BackendCheck = {
  sentence: "a fork goes on as a sequence computed anew would, nothing is computed again, and neither disturbs the other",
  async holds(trial) {
    const { backend } = trial;
    const prompt = tokensOf(backend, 20);
    const sequence = backend.openSequence();
    await sequence.forward(prompt);
    const before = backend.statistics.tokens;
    const other = sequence.fork();
    demandSame([other.length, backend.statistics.tokens - before], [20, 0], "the length of a fork and the tokens computed for it");
    const [one, two] = await Promise.all([sequence.forward([3, 4]).then((logits) => logits.slice()), other.forward([5]).then((logits) => logits.slice())]);
    sequence.release();
    const later = (await other.fork().forward([6])).slice();
    demandClose(trial, one, await logitsAfter(backend, [...prompt, 3, 4]), "the logits of the first");
    demandClose(trial, two, await logitsAfter(backend, [...prompt, 5]), "the logits of the fork");
    demandClose(trial, later, await logitsAfter(backend, [...prompt, 5, 6]), "the logits of a fork whose origin is released");
    demandApart(trial, one, two, "logits after different tokens");
  },
};

const trim: BackendCheck = {
  sentence: "after a trim the rest is as if it had never been",
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 12);
    const sequence = backend.openSequence();
    await sequence.forward(tokens);
    const kept = sequence.fork();
    sequence.trim(7);
    demandSame(sequence.length, 7, "the length");
    demandClose(trial, (await sequence.forward([9])).slice(), await logitsAfter(backend, [...tokens.slice(0, 7), 9]), "the logits after a trim");
    sequence.trim(0);
    demandClose(trial, (await sequence.forward([8])).slice(), await logitsAfter(backend, [8]), "the logits after a trim to nothing");
    demandClose(trial, (await kept.forward([7])).slice(), await logitsAfter(backend, [...tokens, 7]), "the logits of a fork of it");
    for (const length of [-1, 2, 0.5, NaN]) await demandRefusal(() => sequence.trim(length), "invalid_argument", `a trim from 1 to ${length}`);
    sequence.trim(1);
    demandSame(sequence.length, 1, "the length");
  },
};

const discard: BackendCheck = {
  sentence: "discarded tokens are gone, what followed moves down, and forks keep what they have",
  hindrance: ({ backend }) => (backend.capabilities.discard ? undefined : "it cannot discard"),
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 16);
    const sequence = backend.openSequence();
    await sequence.forward(tokens);
    const whole = sequence.fork();
    await sequence.discard(12, 16);
    demandClose(trial, (await sequence.fork().forward([9])).slice(), await logitsAfter(backend, [...tokens.slice(0, 12), 9]), "discarding the end to be a trim");
    const before = backend.statistics.tokens;
    await sequence.discard(3, 7);
    demandSame([sequence.length, backend.statistics.tokens - before], [8, 0], "the length, and the tokens computed again");
    const shared = (await sequence.forward([9])).slice();
    demandClose(trial, (await whole.fork().forward([9])).slice(), await logitsAfter(backend, [...tokens, 9]), "the logits of a fork made before");

    const alone = backend.openSequence();
    await alone.forward(tokens.slice(0, 12));
    await alone.discard(3, 7);
    demandClose(trial, (await alone.forward([9])).slice(), shared, "the same after a discard without a fork");
    for (const [start, end] of [[-1, 2], [2, 1], [0, 10], [0.5, 2]] as const) await demandRefusal(() => alone.discard(start, end), "invalid_argument", `a discard of ${start} up to ${end} of 9`);
    await alone.discard(4, 4);
    demandSame(alone.length, 9, "the length after discarding nothing");
  },
};

const discardAsMask: BackendCheck = {
  sentence: "a discard of the beginning is as if no later token attended to it",
  hindrance: ({ backend }) => (backend.capabilities.discard && backend.capabilities.attention ? undefined : "it cannot discard or has no attention of the caller's"),
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 14);
    const sequence = backend.openSequence();
    await sequence.forward(tokens);
    const masked = sequence.fork();
    await sequence.discard(0, 5);
    const { logits } = await masked.forwardRows([9], { attention: [Uint8Array.from({ length: 15 }, (_, place) => (place < 5 ? 0 : 1))] });
    // Turning keys back and forth costs a little where they are kept in 32 bits.
    demandClose({ ...trial, subject: { ...trial.subject, tolerance: Math.max(1e-4, trial.subject.tolerance ?? 0) } }, (await sequence.forward([9])).slice(), logits[0], "the same logits");
  },
};

const noDiscard: BackendCheck = {
  sentence: "a discard is refused with what the backend cannot do",
  hindrance: ({ backend }) => (backend.capabilities.discard ? "it can discard" : undefined),
  async holds({ backend }) {
    const sequence = backend.openSequence();
    await sequence.forward(tokensOf(backend, 4));
    await demandRefusal(() => sequence.discard(1, 2), "unimplemented", "a discard", "backend");
    demandSame(sequence.length, 4, "the length");
  },
};

const bounded: BackendCheck = {
  sentence: "no more sequences are open than the backend has, and a released one makes room",
  bounds: { maximumSequences: 2 },
  async holds({ backend }) {
    demandSame(backend.maximumSequences, 2, "the most sequences");
    const [first, second] = [backend.openSequence(), backend.openSequence()];
    await second.forward([1]);
    await demandRefusal(() => backend.openSequence(), "resource_exhausted", "a third sequence");
    await demandRefusal(() => second.fork(), "resource_exhausted", "a fork");
    first.release();
    first.release();
    demandSame([backend.statistics.sequences, first.length], [1, 0], "the open sequences, and the length of a released one");
    second.fork();
    await demandRefusal(() => backend.openSequence(), "resource_exhausted", "a third sequence again");
  },
};

const released: BackendCheck = {
  sentence: "a released sequence refuses whatever is asked of it",
  async holds({ backend }) {
    const sequence = backend.openSequence();
    await sequence.forward([1, 2]);
    sequence.release();
    const calls = { forward: () => sequence.forward([1]), forwardRows: () => sequence.forwardRows([1]), fork: () => sequence.fork(), trim: () => sequence.trim(0), save: () => sequence.save() };
    for (const [name, call] of Object.entries(calls)) await demandRefusal(call, "failed_precondition", name);
  },
};

const onePass: BackendCheck = {
  sentence: "a sequence takes one pass at a time, and nothing else before it has settled",
  async holds({ backend }) {
    const sequence = backend.openSequence();
    const pass = later(sequence.forward([1, 2]));
    const calls = { "a second forward": () => sequence.forward([3]), forwardRows: () => sequence.forwardRows([3]), fork: () => sequence.fork(), trim: () => sequence.trim(0), save: () => sequence.save() };
    for (const [name, call] of Object.entries(calls)) await demandRefusal(call, "failed_precondition", name);
    await pass;
    demandSame(sequence.length, 2, "the length");
  },
};

export const checksOfSequences: readonly BackendCheck[] = [fork, trim, discard, discardAsMask, noDiscard, bounded, released, onePass];
