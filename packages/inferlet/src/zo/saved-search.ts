/** A search as bytes: the file of its adapter, with how far each weight varies. */
import { StageError } from "@iftk/core";
import { readGgufHeader } from "../gguf/gguf-header.js";
import { readGgufTensors } from "../gguf/gguf-tensors.js";
import { ggufFile } from "../gguf/gguf-writer.js";
import { loraEntries, loraTensorData, type LoraAdapter, pairTensors, readLoraValues } from "../adapter/lora-file.js";

/** All that a search goes on from. */
export interface SearchState {
  readonly adapter: LoraAdapter;
  /** The standard deviation of each number of each `b`, in the order of the tensors. */
  readonly deviations: readonly Float32Array[];
  readonly seed: number;
  /** Updates so far. */
  readonly generation: number;
  readonly populationSize: number;
  readonly muFraction: number;
}

const what = "saved search";
const kind = "adapter-search";
const suffix = ".deviations";

export function writeSavedSearch({ adapter, deviations, seed, generation, populationSize, muFraction }: SearchState): Uint8Array<ArrayBuffer> {
  return ggufFile(
    [
      ["general.type", "string", kind],
      ...loraEntries(adapter).filter(([key]) => key !== "general.type"),
      ["search.seed", "uint64", seed],
      ["search.generation", "uint64", generation],
      ["search.population_size", "uint64", populationSize],
      ["search.mu_fraction", "float64", muFraction],
    ],
    [...loraTensorData(adapter.tensors), ...adapter.tensors.map(({ name, rank, out }, index) => ({ name: name + suffix, shape: [rank, out], data: deviations[index] as Float32Array }))],
  );
}

/** @throws StageError `invalid_argument`, reason `not-gguf`, `truncated` or `corrupt`. */
export function readSavedSearch(bytes: Uint8Array): SearchState {
  const header = readGgufHeader(bytes, what);
  const value = (key: string): number => Number(header.values.get(key)?.value);
  if (header.values.get("general.type")?.value !== kind) throw corrupt(`general.type must be ${kind}`);
  const tensors = readGgufTensors(bytes, header, what);
  const isDeviations = ({ name }: { readonly name: string }): boolean => name.endsWith(suffix);
  const adapter = { ...readLoraValues(header), tensors: pairTensors(tensors.filter((tensor) => !isDeviations(tensor))) };
  const found = new Map(tensors.filter(isDeviations).map(({ name, numbers }) => [name, numbers]));
  const deviations = adapter.tensors.map(({ name, b }) => {
    const numbers = found.get(name + suffix);
    if (numbers?.length !== b.length || !numbers.every((number) => Number.isFinite(number) && number >= 0)) throw corrupt(`the deviations of ${name} must be as many numbers from 0 as it has`);
    return numbers;
  });
  const generation = value("search.generation");
  if (!(Number.isSafeInteger(generation) && generation <= 2 ** 32)) throw corrupt("search.generation must be a count");
  return { adapter, deviations, generation, seed: value("search.seed"), populationSize: value("search.population_size"), muFraction: value("search.mu_fraction") };
}

function corrupt(detail: string): StageError {
  return new StageError("invalid_argument", `${what}: ${detail}; it is damaged, or no saved search`, { reason: "corrupt" });
}
