/** Checks of what a model says of itself, where llama.cpp ends the process instead of refusing. */
import type { StageError } from "@iftk/core";
import { type GgufValues, vocabularyKey } from "./gguf-values.js";

/** The shape of a network, as far as it matters here. */
export interface Hyperparameters {
  readonly architecture: string;
  readonly contextLength: number;
  readonly embeddingLength: number;
  readonly ropeScaling: string;
  readonly cellElements: number;
}

type Corrupt = (detail: string) => StageError;

const mostLayers = 512;
const mostExperts = 1024;
const mostHeads = 65_536;
const mostElements = 2 ** 24;
const mostTokens = 2 ** 22;
const ropeScalings = ["none", "linear", "yarn", "longrope"];

/** Checks the shape of the network; throws what `corrupt` makes of the first thing that cannot be. */
export function checkHyperparameters(values: GgufValues, corrupt: Corrupt): Hyperparameters {
  const architecture = values.get("general.architecture");
  if (typeof architecture !== "string" || architecture === "") throw corrupt("general.architecture is missing");
  const key = (name: string) => `${architecture}.${name}`;

  const integer = (name: string, least: number, most: number, missing?: number): number => {
    const value = values.get(key(name));
    // A list is one value for each layer, which llama.cpp checks itself.
    if (missing !== undefined && (value === undefined || typeof value === "object")) return missing;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw corrupt(`${key(name)} is ${describe(value)}, it must be a number from ${least} to ${most}`);
  };
  const perLayer = (name: string, most: number, layers: number, missing: readonly number[]): readonly number[] => {
    const value = values.get(key(name));
    if (value === undefined) return missing;
    const numbers = typeof value === "number" ? Array.from({ length: layers }, () => value) : typeof value === "object" ? value.numbers : [];
    if (numbers.length >= layers && numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= most)) return numbers.slice(0, layers);
    throw corrupt(`${key(name)} is ${describe(value)}, it must be a number up to ${most}, or one for each of ${layers} layers`);
  };

  const contextLength = integer("context_length", 1, 2 ** 31 - 1);
  const layers = integer("block_count", 1, mostLayers);
  const width = integer("embedding_length", 1, mostElements);
  integer("nextn_predict_layers", 0, layers, 0);

  const none = Array.from({ length: layers }, () => 0);
  const heads = perLayer("attention.head_count", mostHeads, layers, none);
  const keyHeads = perLayer("attention.head_count_kv", mostHeads, layers, heads);
  heads.forEach((count, layer) => {
    const shared = keyHeads[layer] ?? 0;
    if (shared > 0 && count % shared !== 0) throw corrupt(`layer ${layer} has ${count} heads over ${shared} key heads`);
  });

  const experts = integer("expert_count", 0, mostExperts, 0);
  const expertsUsed = Math.max(...perLayer("expert_used_count", mostExperts, layers, none));
  const expertGroups = integer("expert_group_count", 0, mostExperts, 0);
  const groupsUsed = integer("expert_group_used_count", 0, mostExperts, 0);
  const areExpertsSound =
    experts === 0
      ? expertsUsed === 0 && expertGroups === 0
      : expertsUsed > 0 && expertsUsed <= experts && expertGroups < experts && (expertGroups < 2 || (experts % expertGroups === 0 && groupsUsed > 0 && groupsUsed < expertGroups));
  if (!areExpertsSound) throw corrupt(`its counts of experts do not fit together: ${expertsUsed} of ${experts} in ${expertGroups} groups`);

  for (const name of ["attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon", "attention.group_norm_epsilon"]) {
    const epsilon = values.get(key(name)) ?? 0;
    if (typeof epsilon !== "number" || !(epsilon >= 0 && epsilon < 1)) throw corrupt(`${key(name)} is ${describe(epsilon)}, it must be a small number`);
  }
  const ropeScaling = values.get(key("rope.scaling.type")) ?? "none";
  if (typeof ropeScaling !== "string" || !ropeScalings.includes(ropeScaling)) throw corrupt(`${key("rope.scaling.type")} is ${describe(ropeScaling)}, known are ${ropeScalings.join(", ")}`);

  const headWidth = Math.floor(width / Math.max(1, heads[0] ?? 1));
  const keyLength = integer("attention.key_length", 1, mostElements, headWidth);
  const valueLength = integer("attention.value_length", 1, mostElements, headWidth);
  const rotated = integer("rope.dimension_count", 0, mostElements, keyLength);
  if (rotated % 2 !== 0 || rotated > keyLength) throw corrupt(`${key("rope.dimension_count")} is ${rotated}, it must be even and at most ${keyLength}`);

  const cellElements = keyHeads.reduce((sum, count) => sum + count * (keyLength + valueLength), 0);
  const embeddingLength = integer("embedding_length_out", 0, mostElements, 0) || width;
  return { architecture, contextLength, embeddingLength, ropeScaling, cellElements: Math.max(1, cellElements) };
}

/** Checks the vocabulary; throws what `corrupt` makes of the first thing that cannot be. */
export function checkTokens(values: GgufValues, corrupt: Corrupt): void {
  const model = values.get("tokenizer.ggml.model");
  if (typeof model !== "string" || ["", "none", "no_vocab"].includes(model)) throw corrupt("it has no tokenizer (tokenizer.ggml.model)");
  const tokens = values.get(vocabularyKey);
  const texts = typeof tokens === "object" ? tokens.strings : [];
  if (texts.length === 0 || texts.length > mostTokens) throw corrupt(`${vocabularyKey} is ${describe(tokens)}, it must be a list of 1 to ${mostTokens} strings`);

  const known = new Map<string, number>();
  texts.forEach((whole, token) => {
    // As llama.cpp takes them: up to a NUL, and with a name for what is empty.
    const text = whole.split("\0", 1)[0] || `[EMPTY_${token}]`;
    const earlier = known.get(text);
    if (earlier !== undefined) throw corrupt(`tokens ${earlier} and ${token} of its vocabulary are the same`);
    known.set(text, token);
  });
  if (model !== "llama") return;
  for (let byte = 0; byte < 256; byte++) {
    const name = `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
    if (!known.has(name) && !known.has(String.fromCharCode(byte))) throw corrupt(`its vocabulary has no token ${name}`);
  }
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "object" && value !== null && "count" in value) return `a list of ${String(value.count)}`;
  return JSON.stringify(typeof value === "bigint" ? Number(value) : value).slice(0, 100);
}
