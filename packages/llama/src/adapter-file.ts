/** Checks a low-rank adapter against its model before the library sees it, where llama.cpp would end the process. */
import { basename } from "node:path";
import { StageError } from "@iftk/core";
import { type GgufFile, type GgufTensor, readGguf, textOf } from "./gguf-file.js";
import type { ModelFile } from "./model-file.js";

const floatType = 6;
/** F32, F16, Q8_0 and BF16: in these the library can look rows up and multiply. */
const weightTypes: ReadonlySet<number> = new Set([0, 1, 8, 30]);

/**
 * Reads the header of an adapter, checks that it fits the model and gives its name. `label` names it in errors.
 *
 * @throws StageError as `readGguf` does; `invalid_argument`, reason `adapter`, for what is no adapter or one of
 * another model; `unimplemented` for an adapter of a kind that the library cannot apply.
 */
export async function checkAdapterFile(path: string, label: string, model: ModelFile, signal?: AbortSignal): Promise<string> {
  const file = await readGguf(path, label, signal);
  const refusal = (detail: string) => new StageError("invalid_argument", `${label}: ${detail}`, { reason: "adapter" });
  const { values, types } = file;
  if (values.get("general.type") !== "adapter") throw refusal("is not an adapter (general.type)");
  if (values.get("adapter.type") !== "lora") throw refusal("is not a low-rank adapter (adapter.type)");
  const architecture = values.get("general.architecture");
  if (architecture !== model.architecture) throw refusal(`is for the architecture ${JSON.stringify(architecture)}, the model has ${model.architecture}`);
  const alpha = values.get("adapter.lora.alpha");
  if (alpha !== undefined && (types.get("adapter.lora.alpha") !== floatType || !Number.isFinite(alpha))) throw refusal("adapter.lora.alpha must be a finite float32");
  if (values.has("adapter.alora.invocation_tokens")) throw new StageError("unimplemented", `${label}: is an adapter that tokens activate, which is not supported`, { reason: "backend" });

  checkTensors(file, model, refusal);
  return textOf(values, "general.name") ?? basename(path);
}

/** Each pair must have the shape of the weights to which its product is added. */
function checkTensors({ tensors }: GgufFile, model: ModelFile, refusal: (detail: string) => StageError): void {
  let pairs = 0;
  for (const [name, tensor] of tensors) {
    if (name.endsWith("_norm.weight")) continue;
    if (!weightTypes.has(tensor.type)) throw refusal(`tensor ${name} has a type that adapters cannot have; they have F32, F16, BF16 or Q8_0`);
    const [, target, part] = /^(.+)\.lora_([ab])$/.exec(name) ?? [];
    if (target === undefined) throw refusal(`tensor ${name} is not one of an adapter, whose names end with .lora_a and .lora_b`);
    const other = tensors.get(`${target}.lora_${part === "a" ? "b" : "a"}`);
    if (other === undefined) throw refusal(`tensor ${name} stands without its other half`);
    const weights = model.tensors.get(target);
    if (weights === undefined) throw refusal(`the model has no tensor ${target}`);
    if (part === "b") continue;
    pairs++;
    if (!fits(target, weights, tensor, other)) {
      throw refusal(`tensor ${target} of ${tensor.shape.join("x")} and ${other.shape.join("x")} does not fit that of the model, ${weights.shape.join("x")}`);
    }
  }
  if (pairs === 0) throw refusal("holds no tensors of an adapter");
}

function fits(target: string, weights: GgufTensor, a: GgufTensor, b: GgufTensor): boolean {
  const [[input, output, experts], [aRow, aRows, aExperts], [bRow, bRows, bExperts]] = [shapeOf(weights), shapeOf(a), shapeOf(b)];
  if (weights.shape.length < 2) return false;
  // Tokens are looked up in the one half, so that it stands the other way round.
  if (target.endsWith("token_embd.weight")) return experts === 1 && aExperts === 1 && bExperts === 1 && input === bRows && output === aRows && aRow === bRow && aRow > 0;
  return input === aRow && output === bRows && aRows === bRow && aRows > 0 && aExperts === experts && bExperts === experts;
}

function shapeOf({ shape }: GgufTensor): readonly [number, number, number] {
  // A fourth dimension no weights have; what has one fits none.
  const [row = 1, rows = 1, experts = 1, more = 1] = shape;
  return [row, rows, more === 1 ? experts : 0];
}
