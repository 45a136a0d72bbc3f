/** The histograms that the conventions for generative AI name. */
import type { Histogram, Meter } from "@opentelemetry/api";

export interface Instruments {
  /** Seconds. */
  readonly duration: Histogram;
  /** Seconds. */
  readonly timeToFirstChunk: Histogram;
  /** Seconds. */
  readonly timePerOutputChunk: Histogram;
  readonly tokenUsage: Histogram;
}

/** From 10 ms on, each twice the one before. */
const seconds = Array.from({ length: 14 }, (_, power) => (10 * 2 ** power) / 1000);
/** From 1 on, each four times the one before. */
const tokens = Array.from({ length: 14 }, (_, power) => 4 ** power);

const made = new WeakMap<Meter, Instruments>();

/** The histograms of a meter, made once for each, with the buckets that the conventions ask for. */
export function instrumentsOf(meter: Meter): Instruments {
  let instruments = made.get(meter);
  if (!instruments) {
    const histogram = (name: string, description: string, unit: string, boundaries: number[]): Histogram => meter.createHistogram(`gen_ai.client.${name}`, { description, unit, advice: { explicitBucketBoundaries: boundaries } });
    instruments = {
      duration: histogram("operation.duration", "Duration of a call", "s", seconds),
      timeToFirstChunk: histogram("operation.time_to_first_chunk", "Time from the beginning of a call to its first content", "s", seconds),
      timePerOutputChunk: histogram("operation.time_per_output_chunk", "Time from one content to the next", "s", seconds),
      tokenUsage: histogram("token.usage", "Tokens that a call took", "{token}", tokens),
    };
    made.set(meter, instruments);
  }
  return instruments;
}
