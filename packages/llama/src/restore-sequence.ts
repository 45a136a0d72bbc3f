/** Sequences out of what `save` gave. */
import { StageError } from "@iftk/core";
import { LlamaSequence } from "./sequence.js";
import { type SequencePool, unimplemented } from "./sequence-pool.js";
import { openState, stateError, stateHeaderBytes } from "./sequence-state.js";

/** A sequence out of a state, as `Backend.restoreSequence` gives it. */
export async function restoreSequence(pool: SequencePool, state: Uint8Array): Promise<LlamaSequence> {
  pool.check();
  const { scheduler, context, contextSize, origin, cannotSave } = pool.shared;
  if (cannotSave !== undefined) throw unimplemented("restoreSequence", cannotSave);
  if (!(state instanceof Uint8Array)) throw stateError("expected the bytes that save gave");
  // Whoever gave the bytes may change them while they are checked and read.
  const bytes = new Uint8Array(state);
  const length = await openState(bytes, origin);
  if (length > contextSize) throw new StageError("invalid_argument", `state: its ${length} tokens do not fit; the context holds ${contextSize}`, { reason: "context-length" });
  const number = pool.take();
  try {
    const result = length === 0 ? "done" : await scheduler.exclusive(() => context.restore(number, bytes, stateHeaderBytes, length));
    pool.check();
    if (result === "refused") throw stateError("llama.cpp refuses it");
    if (result === "full") throw context.fullError();
    return new LlamaSequence(pool, number, length);
  } catch (error) {
    pool.giveBack(number);
    throw error;
  }
}
