/** A sequence as bytes: what the library wrote of its cells, under a header that says whose they are. */
import { StageError } from "@iftk/core";
import type { CellType } from "./llama-options.js";

/** What the cells of a backend are; a state goes only where all of it is the same. */
export interface StateOrigin {
  /** 32 bytes that tell the model. */
  readonly fingerprint: Uint8Array;
  readonly libraryVersion: string;
  readonly cellType: CellType;
}

const magic = new TextEncoder().encode("IFTKseq1");
const checksumStart = magic.length;
const checkedStart = checksumStart + 32;
const versionStart = checkedStart + 32;
const versionLength = 24;
const cellTypeStart = versionStart + versionLength;
const lengthStart = cellTypeStart + 4;
const cellTypes: readonly CellType[] = ["f16", "f32"];

/** Bytes before those of the library. */
export const stateHeaderBytes = lengthStart + 4;

/**
 * Writes the header before the bytes of the library, which stand in place already. `length` counts the tokens.
 *
 * @throws StageError `unimplemented`, reason `backend`, when the library keeps more of its cells than is known here.
 */
export async function sealState(bytes: Uint8Array<ArrayBuffer>, length: number, origin: StateOrigin): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (!holdsCells(view, length)) throw new StageError("unimplemented", "sequence: save cannot be with this kind of model; keep the tokens and forward them again", { reason: "backend" });
  bytes.set(magic);
  bytes.set(origin.fingerprint, checkedStart);
  bytes.set(versionOf(origin), versionStart);
  view.setUint32(cellTypeStart, cellTypes.indexOf(origin.cellType), true);
  view.setUint32(lengthStart, length, true);
  bytes.set(await checksumOf(bytes), checksumStart);
}

/**
 * Checks a state and gives the number of its tokens. The checksum tells damage, it does not tell who made the state.
 *
 * @throws StageError `invalid_argument`, reason `state`, for what is damaged or of another origin.
 */
export async function openState(bytes: Uint8Array<ArrayBuffer>, origin: StateOrigin): Promise<number> {
  if (bytes.length < stateHeaderBytes || !areEqual(bytes.subarray(0, magic.length), magic)) throw stateError("it is not the state of a sequence");
  if (!areEqual(bytes.subarray(checksumStart, checkedStart), await checksumOf(bytes))) throw stateError("it is damaged or cut short; save the sequence again");
  if (!areEqual(bytes.subarray(versionStart, cellTypeStart), versionOf(origin))) throw stateError(`it was saved with another version of llama.cpp than ${origin.libraryVersion}; fill the sequence with its tokens again`);
  if (!areEqual(bytes.subarray(checkedStart, versionStart), origin.fingerprint)) throw stateError("it is of another model");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const cellType = cellTypes[view.getUint32(cellTypeStart, true)];
  if (cellType !== origin.cellType) throw stateError(`its cells are ${cellType ?? "of an unknown type"}, those of the model ${origin.cellType}; open the model with the same cellType`);
  const length = view.getUint32(lengthStart, true);
  if (!holdsCells(view, length)) throw stateError("it is damaged");
  return length;
}

/**
 * Whether the library wrote one cell for each position, or nothing for no tokens: it begins with its magic, the number
 * of the sequence, those of streams and cells, and tells of each cell its position, how many sequences it has and which.
 * Cells at positions that cannot be would stay when the sequence is released.
 */
function holdsCells(view: DataView, length: number): boolean {
  const u32 = (offset: number) => view.getUint32(stateHeaderBytes + offset, true);
  const size = view.byteLength - stateHeaderBytes;
  if (length === 0) return size === 0;
  if (size <= 16 + 12 * length || u32(8) !== 1 || u32(12) !== length) return false;
  const seen = new Uint8Array(length);
  for (let cell = 0; cell < length; cell++) {
    const position = u32(16 + 12 * cell);
    if (position >= length || seen[position] === 1 || u32(20 + 12 * cell) !== 1) return false;
    seen[position] = 1;
  }
  return true;
}

export function stateError(why: string): StageError {
  return new StageError("invalid_argument", `state: ${why}`, { reason: "state" });
}

function versionOf({ libraryVersion }: StateOrigin): Uint8Array {
  const bytes = new Uint8Array(versionLength);
  new TextEncoder().encodeInto(libraryVersion, bytes);
  return bytes;
}

/** On another thread: a long sequence has hundreds of megabytes. */
async function checksumOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(checkedStart)));
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
