/** Sizes of images as models take them. */

/** The sizes that a model has: some, any within the bounds of OpenAI's newer models, or those that it says itself when it is asked. */
export type ImageSizes = readonly string[] | "flexible" | "unknown";

/** A size in the API's words, and a warning where it is not the one that was asked for. */
export interface ChosenSize {
  readonly size?: string;
  readonly warnings: readonly string[];
}

type Size = readonly [width: number, height: number];

/** The size of the model that is nearest to what is asked. */
export function imageSize({ width, height }: { readonly width?: number | undefined; readonly height?: number | undefined }, sizes: ImageSizes): ChosenSize {
  if (width === undefined && height === undefined) return { warnings: [] };
  if (width === undefined || height === undefined) return { warnings: [`${width === undefined ? "height" : "width"} is left out: a size needs both width and height`] };
  const asked = `${width}x${height}`;
  if (sizes === "unknown") return { size: asked, warnings: [] };
  const size = (sizes === "flexible" ? flexibleSize([width, height]) : listedSize([width, height], sizes)).join("x");
  return { size, warnings: size === asked ? [] : [`the model has no size of ${asked}: the nearest is ${size}`] };
}

const nearest = (sizes: readonly Size[], distance: (size: Size) => number): Size => sizes.toSorted((one, other) => distance(one) - distance(other))[0] ?? [0, 0];

/** How far apart two numbers are, as the logarithm of their quotient. */
const apart = (one: number, other: number): number => Math.abs(Math.log(one / other));

/** The one of the sizes that is nearest by its shape, and of those of one shape, by its area. */
function listedSize([width, height]: Size, sizes: readonly string[]): Size {
  const all = sizes.map((size) => size.split("x").map(Number) as [number, number]);
  return nearest(all, (size) => 1000 * apart(size[0] / size[1], width / height) + apart(size[0] * size[1], width * height));
}

// Source: OpenAI's guide to image generation, "Size and quality options", on gpt-image-2.
const step = 16;
const longestEdge = 3840;
const widestRatio = 3;
const [leastPixels, mostPixels] = [655_360, 8_294_400];

const isTaken = (width: number, height: number): boolean =>
  Math.max(width, height) <= longestEdge && Math.max(width / height, height / width) <= widestRatio && width * height >= leastPixels && width * height <= mostPixels;

/** The size that such a model takes which is nearest to this one, or to what this one is within the bounds. */
function flexibleSize([width, height]: Size): Size {
  const ratio = Math.min(Math.max(width / height, 1 / widestRatio), widestRatio);
  const most = Math.min(mostPixels, longestEdge ** 2 / Math.max(ratio, 1 / ratio));
  const pixels = Math.min(Math.max(width * height, leastPixels), most);
  const [idealWidth, idealHeight] = [Math.sqrt(pixels * ratio), Math.sqrt(pixels / ratio)];
  const sizes = around(idealWidth).flatMap((one) => around(idealHeight).map((other): Size => [one, other]));
  return nearest(sizes.filter(([one, other]) => isTaken(one, other)), ([one, other]) => apart(one, idealWidth) + apart(other, idealHeight));
}

/** The multiples of the step next to a length, on both sides. */
function around(length: number): readonly number[] {
  const below = Math.floor(length / step) * step;
  return [-1, 0, 1, 2].map((steps) => below + steps * step);
}
