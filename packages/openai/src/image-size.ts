/** Sizes of images as models take them. */

/** The sizes that a model has: some, any within the bounds of OpenAI's newer models, or those that it says itself when it is asked. */
export type ImageSizes = readonly string[] | "flexible" | "unknown";

/** A size in the API's words, and a warning where it is not the one that was asked for. */
export interface ChosenSize {
  readonly size?: string;
  readonly warnings: readonly string[];
}

/** The size of the model that is nearest to what is asked: by its shape first, then by its area. */
export function imageSize({ width, height }: { readonly width?: number | undefined; readonly height?: number | undefined }, sizes: ImageSizes): ChosenSize {
  if (width === undefined && height === undefined) return { warnings: [] };
  if (width === undefined || height === undefined) return { warnings: [`${width === undefined ? "height" : "width"} is left out: a size needs both width and height`] };
  const asked = `${width}x${height}`;
  if (sizes === "unknown") return { size: asked, warnings: [] };
  const candidates = sizes === "flexible" ? flexibleSizes(width, height) : sizes.map((size) => size.split("x").map(Number) as [number, number]);
  const [chosen] = candidates.toSorted((one, other) => distance(one, width, height) - distance(other, width, height));
  if (!chosen) return { warnings: [] };
  const size = chosen.join("x");
  return { size, warnings: size === asked ? [] : [`the model has no size of ${asked}: the nearest is ${size}`] };
}

/** A shape that is off by a tenth weighs as much as an area that is off by a factor of e. */
const weightOfShape = 10;

function distance([width, height]: readonly [number, number], wantedWidth: number, wantedHeight: number): number {
  const shape = Math.abs(Math.log(width / height) - Math.log(wantedWidth / wantedHeight));
  return weightOfShape * shape + Math.abs(Math.log((width * height) / (wantedWidth * wantedHeight)));
}

// Source: OpenAI's guide to image generation, "Size and quality options", on gpt-image-2.
const step = 16;
const longestEdge = 3840;
const widestRatio = 3;
const [leastPixels, mostPixels] = [655_360, 8_294_400];

const isTaken = (width: number, height: number): boolean =>
  Math.max(width, height) <= longestEdge && Math.max(width / height, height / width) <= widestRatio && width * height >= leastPixels && width * height <= mostPixels;

/** The sizes around what is asked that such a model takes. */
function flexibleSizes(width: number, height: number): readonly [number, number][] {
  const ratio = Math.min(Math.max(width / height, 1 / widestRatio), widestRatio);
  const longest = ratio >= 1 ? Math.sqrt(ratio * mostPixels) : Math.sqrt(mostPixels / ratio);
  const scale = Math.min(1, longestEdge / longest);
  const pixels = Math.min(Math.max(width * height, leastPixels), mostPixels * scale * scale);
  const [idealWidth, idealHeight] = [Math.sqrt(pixels * ratio), Math.sqrt(pixels / ratio)];
  return around(idealWidth).flatMap((one) => around(idealHeight).flatMap((other) => (isTaken(one, other) ? [[one, other] as [number, number]] : [])));
}

/** The multiples of the step next to a length, two on each side. */
function around(length: number): readonly number[] {
  const below = Math.floor(length / step) * step;
  return [-1, 0, 1, 2].map((steps) => below + steps * step);
}
