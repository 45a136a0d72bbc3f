/** Positions and attention of the caller's choice. */
import { type BackendCheck, type BackendTrial, demandApart, demandClose, demandRefusal, demandSame, logitsAfter, tokensOf } from "./backend-trial.js";

const hasAttention = ({ backend }: BackendTrial): string | undefined => (backend.capabilities.attention ? undefined : "positions and attention are its own");

/** Masks of a pass after so many tokens, by whether the token in a row sees that in a place. */
const masks = (rows: number, held: number, sees: (row: number, place: number) => boolean): Uint8Array[] =>
  Array.from({ length: rows }, (_, row) => Uint8Array.from({ length: held + rows }, (_, place) => (sees(row, place) ? 1 : 0)));

const causal: BackendCheck = {
  sentence: "causal masks and positions one after another are what a pass has without",
  hindrance: hasAttention,
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 19);
    const sequence = backend.openSequence();
    await sequence.forward(tokens.slice(0, 6));
    const positions = Array.from({ length: 13 }, (_, index) => 6 + index);
    const { logits } = await sequence.forwardRows(tokens.slice(6), { positions, attention: masks(13, 6, (row, place) => place <= 6 + row) });
    for (const row of [0, 7, 12]) demandClose(trial, logits[row], await logitsAfter(backend, tokens.slice(0, 7 + row)), `row ${row}`);
  },
};

const unseen: BackendCheck = {
  sentence: "a token that none attends to does not matter",
  hindrance: hasAttention,
  async holds(trial) {
    const { backend } = trial;
    const run = async (hidden: number) => {
      const sequence = backend.openSequence();
      await sequence.forward([3, 5]);
      const { logits } = await sequence.forwardRows([hidden, 7, 9], { rows: [0, 2], attention: masks(3, 2, (row, place) => place <= 2 + row && (place !== 2 || row === 0)) });
      return logits;
    };
    const [one, other] = [await run(11), await run(12)];
    demandClose(trial, one[1], other[1], "the logits of a token that does not see it");
    demandApart(trial, one[0], other[0], "the logits of the token itself");
  },
};

const laterTokens: BackendCheck = {
  sentence: "a token may attend to later ones of its pass",
  hindrance: hasAttention,
  async holds(trial) {
    const { backend } = trial;
    const run = async (last: number, seesLater: boolean) => {
      const { logits } = await backend.openSequence().forwardRows([3, 5, last], { rows: [0], attention: masks(3, 0, (row, place) => seesLater || place <= row) });
      return logits[0];
    };
    demandApart(trial, await run(7, true), await run(8, true), "logits of a token that sees different later ones");
    demandClose(trial, await run(7, false), await run(8, false), "the logits of a token that does not see them");
  },
};

const tree: BackendCheck = {
  sentence: "branches in one pass, by masks and positions, are what forks give",
  hindrance: hasAttention,
  async holds(trial) {
    const { backend } = trial;
    const prompt = tokensOf(backend, 10);
    const sequence = backend.openSequence();
    await sequence.forward(prompt);
    // Two branches of two tokens: 3 4 and 5 6.
    const parents = [[0], [0, 1], [2], [2, 3]];
    const { logits } = await sequence.forwardRows([3, 4, 5, 6], { positions: [10, 11, 10, 11], attention: masks(4, 10, (row, place) => place < 10 || (parents[row] as number[]).includes(place - 10)) });
    demandClose(trial, logits[1], await logitsAfter(backend, [...prompt, 3, 4]), "the first branch");
    demandClose(trial, logits[3], await logitsAfter(backend, [...prompt, 5, 6]), "the second branch");
  },
};

const impossible: BackendCheck = {
  sentence: "positions and masks that cannot be are refused, and the sequence stays as it was",
  hindrance: hasAttention,
  async holds({ backend }) {
    const sequence = backend.openSequence();
    await sequence.forward([1]);
    for (const positions of [[1], [1, 2, 3], [-1, 0], [0.5, 1], [NaN, 1]]) await demandRefusal(() => sequence.forwardRows([2, 3], { positions }), "invalid_argument", `positions ${positions.join()}`);
    const whole = new Uint8Array(3).fill(1);
    for (const attention of [[whole], [whole, whole, whole], [whole, whole.slice(1)], [whole, new Uint8Array(3)]]) {
      await demandRefusal(() => sequence.forwardRows([2, 3], { attention }), "invalid_argument", `masks of ${attention.map((mask) => mask.join("")).join()}`);
    }
    demandSame(sequence.length, 1, "the length");
  },
};

const refused: BackendCheck = {
  sentence: "positions and attention are refused with what the backend cannot do",
  hindrance: ({ backend }) => (backend.capabilities.attention ? "it takes them" : undefined),
  async holds({ backend }) {
    const sequence = backend.openSequence();
    await demandRefusal(() => sequence.forwardRows([1], { positions: [5] }), "unimplemented", "positions", "backend");
    await demandRefusal(() => sequence.forwardRows([1], { attention: [Uint8Array.of(1)] }), "unimplemented", "attention", "backend");
    demandSame(sequence.length, 0, "the length");
  },
};

export const checksOfAttention: readonly BackendCheck[] = [causal, unseen, laterTokens, tree, impossible, refused];
