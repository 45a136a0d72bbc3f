/** Sizes as the APIs take them. */
import { provider } from "./client.js";

/** A size that was asked for. */
export interface Size {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** What is put into a request for it, and how it differs from what was asked. */
export interface FittedSize<Fields> {
  readonly fields: Fields;
  readonly warning?: string;
}

const ratios: readonly string[] = ["21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21"];

/** The ratio of version 2 that is nearest to a size. */
export function ratioFor({ width, height }: Size): FittedSize<{ readonly aspect_ratio?: string }> {
  if (width === undefined && height === undefined) return { fields: {} };
  if (width === undefined || height === undefined) return { fields: {}, warning: `${provider}: ${width === undefined ? "height" : "width"} is left out: this API takes a ratio, which needs both sides` };
  const nearest = nearestTo(width / height, ratios.map((ratio) => [ratio, quotient(ratio)]));
  return { fields: { aspect_ratio: nearest }, warning: `${provider}: this API takes ratios, not pixels: of ${width} x ${height} it is given the nearest, ${nearest}` };
}

const quotient = (ratio: string): number => {
  const [width = 1, height = 1] = ratio.split(":").map(Number);
  return width / height;
};

interface Sides {
  readonly width: number;
  readonly height: number;
}

/** The sizes of the models that were trained on 1024 x 1024 pixels. */
const largeSizes: readonly Sides[] = ["1024x1024", "1152x896", "896x1152", "1216x832", "832x1216", "1344x768", "768x1344", "1536x640", "640x1536"].map((size) => {
  const [width = 0, height = 0] = size.split("x").map(Number);
  return { width, height };
});

/** Sides of the other models are multiples of it. */
const step = 64;

/** The size of version 1 that is nearest to a size: one of those that large models have, or else multiples of 64, rounded up. */
export function pixelsFor(model: string, { width, height }: Size): FittedSize<Size> {
  if (width === undefined && height === undefined) return { fields: {} };
  const isLarge = /xl|1024/u.test(model);
  const fields: Size = isLarge ? nearestSize({ width: width ?? height ?? 0, height: height ?? width ?? 0 }) : { width: roundedUp(width), height: roundedUp(height) };
  if (fields.width === (width ?? fields.width) && fields.height === (height ?? fields.height)) return { fields };
  const asked = [width, height].filter((side) => side !== undefined).join(" x ");
  const given = [fields.width, fields.height].filter((side) => side !== undefined).join(" x ");
  return { fields, warning: `${provider}: this model does not make ${asked} pixels: it is asked for ${given}` };
}

const roundedUp = (side: number | undefined): number | undefined => (side === undefined ? undefined : Math.ceil(side / step) * step);

const nearestSize = ({ width, height }: Sides): Sides => nearestTo(width / height, largeSizes.map((size) => [size, size.width / size.height]));

/** The one whose quotient differs least, as a factor. */
function nearestTo<T>(wanted: number, all: readonly (readonly [value: T, quotient: number])[]): T {
  const distance = ([, one]: readonly [T, number]): number => Math.abs(Math.log(one / wanted));
  return all.reduce((best, next) => (distance(next) < distance(best) ? next : best))[0];
}
