/** Sizes as models take them: in pixels, or as one of a list of ratios. */
import type { ModelInput } from "./model-input.js";

/** Puts width and height into the input: as they are where the model takes pixels, or else as the ratio that is nearest to them. */
export function putSize(input: ModelInput, { width, height }: { readonly width?: number | undefined; readonly height?: number | undefined }): void {
  if (width === undefined && height === undefined) return;
  const ratioField = input.find(["aspect_ratio"]);
  const takesPixels = input.find(["width"]) && input.find(["height"]);
  if (takesPixels) {
    input.put("width", ["width"], width);
    input.put("height", ["height"], height);
    if (ratioField?.field.values?.includes("custom")) input.put("width", ["aspect_ratio"], "custom");
    return;
  }
  if (width === undefined || height === undefined) return input.miss(width === undefined ? "height" : "width", "this model takes a ratio, which needs both", "warn");
  putRatio(input, "width and height", width / height, (ratio) => `this model takes ratios; the nearest is ${ratio}`);
}

/** Puts a ratio such as `16:9` or `1280:720` into the input, as the nearest of those that the model takes. */
export function putRatio(input: ModelInput, option: string, ratio: number, explain: (nearest: string) => string): void {
  const values = input.find(ratioNames)?.field.values?.filter((value): value is string => typeof value === "string") ?? [];
  const [nearest] = values.filter((value) => valueOf(value) !== undefined).sort((one, other) => distance(one, ratio) - distance(other, ratio));
  if (nearest === undefined) return input.miss(option, "this model has no such input", "warn");
  if (distance(nearest, ratio) > tolerance) input.miss(`the exact ${option}`, explain(nearest), "warn");
  input.put(option, ratioNames, nearest);
}

export const ratioNames: readonly string[] = ["aspect_ratio", "ratio"];

/** How far a ratio may be from another, as the logarithm of their quotient, and still count as the same. */
const tolerance = 0.01;

/** The number that `16:9` stands for, or undefined. */
export function valueOf(ratio: string): number | undefined {
  const [, width, height] = /^(\d+(?:\.\d+)?)\s*[:x/]\s*(\d+(?:\.\d+)?)$/.exec(ratio) ?? [];
  return width === undefined || height === undefined || Number(height) === 0 || Number(width) === 0 ? undefined : Number(width) / Number(height);
}

const distance = (ratio: string, wanted: number): number => Math.abs(Math.log((valueOf(ratio) ?? Number.MAX_VALUE) / wanted));
