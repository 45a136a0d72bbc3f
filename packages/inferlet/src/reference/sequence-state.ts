/** The keys and values of a sequence as bytes: a mark, what model they are of, how many cells, a checksum, and the numbers. */
import { StageError } from "@iftk/core";
import type { CellPool } from "./cell-pool.js";
import { checksum } from "./checksum.js";

const mark = new TextEncoder().encode("IFTKref1");
const fingerprintStart = mark.length;
const countStart = fingerprintStart + 8;
const checksumStart = countStart + 4;
const headerBytes = checksumStart + 8;

/** Writes the cells of a sequence of the model with that fingerprint, of eight bytes. */
export function writeState(pool: CellPool, cells: Int32Array, fingerprint: Uint8Array): Uint8Array {
  const state = new Uint8Array(headerBytes + cells.length * pool.bytes);
  state.set(mark);
  state.set(fingerprint, fingerprintStart);
  new DataView(state.buffer).setUint32(countStart, cells.length, true);
  let at = headerBytes;
  pool.visit(cells, (numbers) => {
    // Memory is little-endian wherever there is a JavaScript engine.
    state.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), at);
    at += numbers.byteLength;
  });
  state.set(checksum(state.subarray(headerBytes)), checksumStart);
  return state;
}

/**
 * Checks a state and gives how many cells it has.
 *
 * @throws StageError `invalid_argument`, reason `state`, when it is damaged or of another model.
 */
export function checkState(pool: CellPool, state: Uint8Array, fingerprint: Uint8Array): number {
  if (!(state instanceof Uint8Array)) throw stateError("expected bytes");
  if (state.length < headerBytes || !isSame(state.subarray(0, mark.length), mark)) throw stateError("it is not one of the reference backend, or cut short");
  if (!isSame(state.subarray(fingerprintStart, countStart), fingerprint)) throw stateError("it is of another model");
  const count = new DataView(state.buffer, state.byteOffset).getUint32(countStart, true);
  if (state.length !== headerBytes + count * pool.bytes) throw stateError(`it has ${state.length} bytes, ${count} tokens take ${headerBytes + count * pool.bytes}`);
  if (!isSame(state.subarray(checksumStart, headerBytes), checksum(state.subarray(headerBytes)))) throw stateError("its checksum is wrong");
  return count;
}

/** Writes the numbers of a state that was checked into as many cells as it has. */
export function readState(pool: CellPool, state: Uint8Array, cells: Int32Array): void {
  let at = headerBytes;
  pool.visit(cells, (numbers) => {
    new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).set(state.subarray(at, at + numbers.byteLength));
    at += numbers.byteLength;
  });
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function stateError(detail: string): StageError {
  return new StageError("invalid_argument", `state: ${detail}; give what save gave, of the same model`, { reason: "state" });
}
