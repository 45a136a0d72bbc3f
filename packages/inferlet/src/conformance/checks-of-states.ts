/** Sequences that are saved and restored. */
import { type BackendCheck, demandClose, demandRefusal, demandSame, tokensOf } from "./backend-trial.js";

const restored: BackendCheck = {
  sentence: "a restored sequence goes on as the saved one, and nothing is computed again",
  async holds(trial) {
    const { backend } = trial;
    const sequence = backend.openSequence();
    await sequence.forward(tokensOf(backend, 15));
    const state = await sequence.save();
    const expected = (await sequence.forward([9])).slice();
    sequence.release();
    const before = backend.statistics.tokens;
    const again = await backend.restoreSequence(state);
    demandSame([again.length, backend.statistics.tokens - before], [15, 0], "the length, and the tokens computed");
    demandClose(trial, (await again.forward([9])).slice(), expected, "the same logits");
    const other = await backend.restoreSequence(state);
    other.trim(3);
    demandSame([again.length, other.length], [16, 3], "the lengths of two that were restored");
  },
};

const elsewhere: BackendCheck = {
  sentence: "a state serves where the same model is opened anew",
  async holds(trial) {
    const { backend, subject } = trial;
    const sequence = backend.openSequence();
    await sequence.forward(tokensOf(backend, 6));
    const state = await sequence.save();
    const expected = (await sequence.forward([9])).slice();
    const other = await subject.open();
    try {
      demandClose(trial, (await (await other.restoreSequence(state)).forward([9])).slice(), expected, "the same logits");
    } finally {
      await other.close();
    }
  },
};

const empty: BackendCheck = {
  sentence: "an empty sequence can be saved and restored too",
  async holds({ backend }) {
    const again = await backend.restoreSequence(await backend.openSequence().save());
    demandSame(again.length, 0, "the length");
    await again.forward([1]);
  },
};

const damaged: BackendCheck = {
  sentence: "a damaged state is refused, and no sequence stays open",
  async holds({ backend }) {
    const sequence = backend.openSequence();
    await sequence.forward(tokensOf(backend, 8));
    const state = await sequence.save();
    const { sequences } = backend.statistics;
    const places = Array.from({ length: 12 }, (_, index) => Math.floor((index / 11) * (state.length - 1)));
    const damages = [
      new Uint8Array(0),
      Uint8Array.of(1, 2, 3),
      state.slice(0, -1),
      state.slice(0, Math.floor(state.length / 2)),
      Uint8Array.from([...state, 0]),
      ...places.map((place) => state.map((byte, index) => (index === place ? byte ^ 1 : byte))),
    ];
    for (const bytes of damages) await demandRefusal(() => backend.restoreSequence(bytes), "invalid_argument", "a damaged state", "state");
    demandSame(backend.statistics.sequences, sequences, "the open sequences");
  },
};

const full: BackendCheck = {
  sentence: "restoring is refused when all sequences are open",
  bounds: { maximumSequences: 2 },
  async holds({ backend }) {
    const sequence = backend.openSequence();
    await sequence.forward([1, 2]);
    const state = await sequence.save();
    const other = backend.openSequence();
    await demandRefusal(() => backend.restoreSequence(state), "resource_exhausted", "a third sequence");
    other.release();
    demandSame((await backend.restoreSequence(state)).length, 2, "the length");
  },
};

export const checksOfStates: readonly BackendCheck[] = [restored, elsewhere, empty, damaged, full];
