/** The numbers that say how a network of the Llama architecture is built. */
import { StageError } from "@iftk/core";
import type { TensorFile } from "./model-tensors.js";

export interface NetworkShape {
  /** Tokens that the model was trained to hold. */
  readonly contextLength: number;
  readonly layers: number;
  /** Numbers of a token's state. */
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values, each of which serves as many heads as fit. */
  readonly keyHeads: number;
  /** Even, as positions rotate pairs of them. */
  readonly headWidth: number;
  readonly feedForward: number;
  /** What a norm adds to the mean square. */
  readonly epsilon: number;
  readonly rotaryBase: number;
  /** Factor of all positions. */
  readonly rotaryScale: number;
}

/** @throws StageError `invalid_argument`, reason `corrupt`, for numbers that cannot be; `unimplemented`, reason `backend`, for another kind of network. */
export function readNetworkShape({ values }: Pick<TensorFile, "values">): NetworkShape {
  const refuse = (detail: string): StageError => new StageError("unimplemented", `model: ${detail}; the reference backend runs plain Llama networks, llama.cpp others too`, { reason: "backend" });
  const architecture = values.get("general.architecture")?.value;
  if (architecture !== "llama") throw refuse(`its architecture is ${JSON.stringify(architecture ?? "missing")}`);

  const number = (name: string, isSound: (value: number) => boolean, missing?: number): number => {
    const value = values.get(`llama.${name}`)?.value ?? missing;
    if (typeof value === "number" && isSound(value)) return value;
    throw corruptModel(`llama.${name} is ${value === undefined ? "missing" : String(value)}`);
  };
  const integer = (name: string, missing?: number, least = 1): number => number(name, (value) => Number.isInteger(value) && value >= least && value <= 2 ** 24, missing);

  if (integer("expert_count", 0, 0) > 0) throw refuse("it has experts");
  const scaling = values.get("llama.rope.scaling.type")?.value ?? "none";
  if (scaling !== "none" && scaling !== "linear") throw refuse(`it scales positions by ${JSON.stringify(scaling)}`);

  const width = integer("embedding_length");
  const heads = integer("attention.head_count");
  const keyHeads = integer("attention.head_count_kv", heads);
  if (heads % keyHeads !== 0) throw corruptModel(`${heads} heads do not share ${keyHeads} heads of keys evenly`);
  const headWidth = integer("attention.key_length", Math.floor(width / heads));
  if (integer("attention.value_length", headWidth) !== headWidth) throw refuse("its keys and values differ in length");
  const rotated = integer("rope.dimension_count", headWidth, 0);
  if (rotated !== headWidth || headWidth % 2 !== 0) throw corruptModel(`${rotated} of the ${headWidth} numbers of a head are rotated; it must be all, in pairs`);
  return {
    contextLength: number("context_length", (value) => Number.isInteger(value) && value >= 1),
    layers: integer("block_count"),
    width,
    heads,
    keyHeads,
    headWidth,
    feedForward: integer("feed_forward_length"),
    epsilon: number("attention.layer_norm_rms_epsilon", (value) => value >= 0 && value < 1),
    rotaryBase: number("rope.freq_base", (value) => value > 0, 10_000),
    rotaryScale: scaling === "none" ? 1 : 1 / number("rope.scaling.factor", (value) => value > 0, 1),
  };
}

export function corruptModel(detail: string): StageError {
  return new StageError("invalid_argument", `model: ${detail}; the file is damaged, or not of a model`, { reason: "corrupt" });
}
