/** Checks a GGUF file before the library sees it: what is wrong with it is said here, not by a crash there. */
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { StageError } from "@iftk/core";
import { GgufReader } from "./gguf-reader.js";
import { type GgufValues, readString, readValues } from "./gguf-values.js";
import { checkHyperparameters, checkTokens } from "./hyperparameters.js";
import { tensorTypes } from "./tensor-types.js";

/** What is known of a model before it is loaded. */
export interface ModelFile {
  readonly path: string;
  /** Name that the file gives, or the name of the file. */
  readonly name: string;
  /** Tokens that the model was trained to hold. */
  readonly contextLength: number;
  readonly chatTemplate: string | undefined;
  /** Whether it names the token that begins a sequence; llama.cpp gives some token when it does not. */
  readonly hasBeginToken: boolean;
  /** Whether it names the token that ends a text. */
  readonly hasEndToken: boolean;
  /** Bytes of all weights. */
  readonly tensorBytes: number;
  /** Bytes that the keys and values of one token take, two for each element. */
  readonly cellBytes: number;
}

const mostTensors = 50_000;
const longestTensorName = 63;
const mostDimensions = 4;

/**
 * Reads the header of a model and checks that the file holds all that the header names.
 *
 * @throws StageError `not_found` when there is no such file; `permission_denied` when it may not be read;
 * `invalid_argument` when it is no file, no GGUF, reason `truncated` when it ends too early, reason
 * `corrupt` when its content cannot be.
 */
export async function readModelFile(path: string, signal?: AbortSignal): Promise<ModelFile> {
  try {
    // Opening what is not a file may wait for ever.
    const stats = await stat(path);
    if (!stats.isFile()) throw new StageError("invalid_argument", `model file ${path}: is ${stats.isDirectory() ? "a directory" : "not a file"}; name a GGUF file`);
    signal?.throwIfAborted();
    const handle = await open(path);
    try {
      signal?.throwIfAborted();
      return await readHeader(new GgufReader(handle, path, stats.size), path);
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(path, error);
  }
}

async function readHeader(reader: GgufReader, path: string): Promise<ModelFile> {
  const size = reader.remaining;
  if (size === 0) throw reader.truncated("it is empty");
  await reader.need(Math.min(4, size));
  if (reader.bytes(Math.min(4, size)).toString("latin1") !== "GGUF") {
    throw new StageError("invalid_argument", `model file ${path}: is not a GGUF file; models for llama.cpp have the format GGUF`, { reason: "not-gguf" });
  }
  await reader.need(20);
  const version = reader.u32();
  if (version !== 2 && version !== 3) throw reader.corrupt(`its GGUF version is ${version}, 2 and 3 are known`);
  const tensorCount = reader.count("the number of tensors", mostTensors);
  const values = await readValues(reader, reader.count("the number of key-value pairs", 2 ** 32));
  const tensorBytes = await readTensors(reader, tensorCount, values);
  const corrupt = (detail: string) => reader.corrupt(detail);
  checkTokens(values, corrupt);
  const { contextLength, cellBytes } = checkHyperparameters(values, corrupt);
  return {
    path,
    name: textOf(values, "general.name") ?? basename(path),
    contextLength,
    chatTemplate: textOf(values, "tokenizer.chat_template"),
    hasBeginToken: values.has("tokenizer.ggml.bos_token_id"),
    hasEndToken: values.has("tokenizer.ggml.eos_token_id"),
    tensorBytes,
    cellBytes,
  };
}

/** Reads where the tensors lie and gives their bytes in all. */
async function readTensors(reader: GgufReader, count: number, values: GgufValues): Promise<number> {
  const alignment = values.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 1 || alignment > 2 ** 20 || !Number.isInteger(Math.log2(alignment))) {
    throw reader.corrupt("general.alignment must be a power of two");
  }
  if (count === 0) throw reader.corrupt("it holds no tensors");
  const pad = (bytes: number) => Math.ceil(bytes / alignment) * alignment;

  const names = new Set<string>();
  let expected = 0;
  let last = 0;
  for (let index = 0; index < count; index++) {
    const name = await readString(reader, `the length of the name of tensor ${index}`, longestTensorName);
    if (names.has(name)) throw reader.corrupt(`tensor ${name} stands twice`);
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
    names.add(name);
    last = expected + bytes;
    expected += pad(bytes);
  }

  const start = pad(reader.position);
  const size = reader.position + reader.remaining;
  if (start + last > size) throw reader.truncated(`its tensors reach to byte ${start + last}`);
  return last;
}

function textOf(values: GgufValues, key: string): string | undefined {
  const value = values.get(key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function fileError(path: string, error: unknown): StageError {
  if (StageError.is(error)) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const options = { cause: error };
  if (code === "ENOENT" || code === "ENOTDIR") return new StageError("not_found", `model file ${path}: there is no such file`, options);
  if (code === "EACCES" || code === "EPERM") return new StageError("permission_denied", `model file ${path}: may not be read`, options);
  if (code === "ERR_INVALID_ARG_VALUE" || code === "ERR_INVALID_ARG_TYPE") return new StageError("invalid_argument", `model file: ${JSON.stringify(path)} is not a path`, options);
  return new StageError("unavailable", `model file ${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`, options);
}
