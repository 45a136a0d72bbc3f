/** What each implementation brings to the comparison. */
import type { Source } from "./workload/sources.js";
import type { Shape } from "./workload/steps.js";

/** Runs a pipeline over one source and gives the sum of what came out. */
export type RunPipeline = (source: Source) => Promise<number>;

/** One way to write the same pipelines, the way its own documents recommend for speed. */
export interface Peer {
  /** As in the tables and the JSON. */
  readonly name: string;
  /** What stands for a token where the implementation does not carry strings; it is made before the clock starts. */
  readonly carry?: (token: string) => unknown;
  /** Builds a pipeline; undefined where the implementation has no such stages. */
  readonly pipeline?: (shape: Shape) => RunPipeline;
  /** Gives the tokens to that many branches, each of which sums their lengths; the result is the sum of the sums. */
  readonly fork?: (tokens: readonly string[], branches: number) => Promise<number>;
  /** Sums the lengths of the tokens of all sources, read at once as one stream. */
  readonly merge?: (sources: readonly AsyncIterable<string>[]) => Promise<number>;
}
