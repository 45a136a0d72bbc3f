/** Reads a GGUF file up to its weights: what is wrong with it is said here, not by a crash in the library. */
import { open, stat } from "node:fs/promises";
import { StageError } from "@iftk/core";
import { GgufReader } from "./gguf-reader.js";
import { type GgufValues, type GgufValueTypes, readString, readValues } from "./gguf-values.js";
import { tensorTypes } from "./tensor-types.js";

export interface GgufTensor {
  /** Lengths of its dimensions, that of a row first. */
  readonly shape: readonly number[];
  /** The number that GGUF gives its type. */
  readonly type: number;
}

/** What stands before the weights. */
export interface GgufFile {
  readonly values: GgufValues;
  readonly types: GgufValueTypes;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Bytes of all weights. */
  readonly tensorBytes: number;
  /** Bytes before the weights. */
  readonly headerBytes: number;
  /** The error for content that cannot be. */
  readonly corrupt: (detail: string) => StageError;
}

const mostTensors = 50_000;
const longestTensorName = 63;
const mostDimensions = 4;

/**
 * Reads the header of a GGUF file and checks that the file holds all that the header names. `label` names it in errors.
 *
 * @throws StageError `not_found` when there is no such file; `permission_denied` when it may not be read;
 * `invalid_argument` when it is no file, no GGUF, reason `truncated` when it ends too early, reason
 * `corrupt` when its content cannot be.
 */
export async function readGguf(path: string, label: string, signal?: AbortSignal): Promise<GgufFile> {
  try {
    // Opening what is not a file may wait for ever.
    const stats = await stat(path);
    if (!stats.isFile()) throw new StageError("invalid_argument", `${label}: is ${stats.isDirectory() ? "a directory" : "not a file"}; name a GGUF file`);
    signal?.throwIfAborted();
    const handle = await open(path);
    try {
      signal?.throwIfAborted();
      return await readHeader(new GgufReader(handle, label, stats.size), label);
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(path, label, error);
  }
}

async function readHeader(reader: GgufReader, label: string): Promise<GgufFile> {
  const size = reader.remaining;
  if (size === 0) throw reader.truncated("it is empty");
  await reader.need(Math.min(4, size));
  if (reader.bytes(Math.min(4, size)).toString("latin1") !== "GGUF") {
    throw new StageError("invalid_argument", `${label}: is not a GGUF file; models and adapters for llama.cpp have the format GGUF`, { reason: "not-gguf" });
  }
  await reader.need(20);
  const version = reader.u32();
  if (version !== 2 && version !== 3) throw reader.corrupt(`its GGUF version is ${version}, 2 and 3 are known`);
  const tensorCount = reader.count("the number of tensors", mostTensors);
  const { values, types } = await readValues(reader, reader.count("the number of key-value pairs", 2 ** 32));
  const { tensors, tensorBytes } = await readTensors(reader, tensorCount, values);
  return { values, types, tensors, tensorBytes, headerBytes: reader.position, corrupt: (detail) => reader.corrupt(detail) };
}

/** Reads what the tensors are and checks that each lies where it should, within the file. */
async function readTensors(reader: GgufReader, count: number, values: GgufValues): Promise<{ tensors: ReadonlyMap<string, GgufTensor>; tensorBytes: number }> {
  const alignment = values.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 1 || alignment > 2 ** 20 || !Number.isInteger(Math.log2(alignment))) {
    throw reader.corrupt("general.alignment must be a power of two");
  }
  if (count === 0) throw reader.corrupt("it holds no tensors");
  const pad = (bytes: number) => Math.ceil(bytes / alignment) * alignment;

  const tensors = new Map<string, GgufTensor>();
  let expected = 0;
  let last = 0;
  for (let index = 0; index < count; index++) {
    const name = await readString(reader, `the length of the name of tensor ${index}`, longestTensorName);
    if (tensors.has(name)) throw reader.corrupt(`tensor ${name} stands twice`);
    await reader.need(4);
    const dimensions = reader.u32();
    if (dimensions > mostDimensions) throw reader.corrupt(`tensor ${name} has ${dimensions} dimensions, at most ${mostDimensions} can be`);
    await reader.need(dimensions * 8 + 12);
    const shape = Array.from({ length: dimensions }, () => reader.count(`a dimension of tensor ${name}`, 2 ** 40));
    const type = reader.u32();
    const layout = tensorTypes.get(type);
    if (layout === undefined) throw reader.corrupt(`tensor ${name} has the unknown type ${type}`);
    const row = shape[0] ?? 1;
    if (row % layout.elements !== 0) throw reader.corrupt(`tensor ${name} has rows of ${row} elements, its type needs a multiple of ${layout.elements}`);
    const bytes = (shape.reduce((product, length) => product * length, 1) / layout.elements) * layout.bytes;
    if (!Number.isSafeInteger(bytes)) throw reader.corrupt(`tensor ${name} has the impossible shape ${shape.join("x")}`);
    const offset = reader.u64();
    if (offset !== BigInt(expected)) throw reader.corrupt(`tensor ${name} lies at ${offset}, it should at ${expected}`);
    tensors.set(name, { shape, type });
    last = expected + bytes;
    expected += pad(bytes);
  }

  const start = pad(reader.position);
  const size = reader.position + reader.remaining;
  if (start + last > size) throw reader.truncated(`its tensors reach to byte ${start + last}`);
  return { tensors, tensorBytes: last };
}

/** A value that is a text and not empty. */
export function textOf(values: GgufValues, key: string): string | undefined {
  const value = values.get(key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The error for a file that cannot be read. */
export function fileError(path: string, label: string, error: unknown): StageError {
  if (StageError.is(error)) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const options = { cause: error };
  if (code === "ENOENT" || code === "ENOTDIR") return new StageError("not_found", `${label}: there is no such file`, options);
  if (code === "EACCES" || code === "EPERM") return new StageError("permission_denied", `${label}: may not be read`, options);
  if (code === "ERR_INVALID_ARG_VALUE" || code === "ERR_INVALID_ARG_TYPE") return new StageError("invalid_argument", `${label}: ${JSON.stringify(path)} is not a path`, options);
  return new StageError("unavailable", `${label}: cannot be read: ${error instanceof Error ? error.message : String(error)}`, options);
}
