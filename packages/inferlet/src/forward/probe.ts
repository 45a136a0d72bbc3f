/** What a forward pass can be asked for. */
import type { Distribution, DistributionOptions } from "../sampling/measures.js";
import type { DistributionSampler, EmbeddingSampler, Sampler } from "../sampling/sampler.js";

/** Asks for the logits themselves. */
export interface LogitsProbe {
  readonly probe: "logits";
}

/** Asks for probabilities, as `distribution` gives them. */
export interface DistributionProbe extends DistributionOptions {
  readonly probe: "distribution";
}

/** Asks for the log-probabilities of these tokens. */
export interface LogprobsProbe {
  readonly probe: "logprobs";
  readonly tokens: readonly number[];
}

/** Asks for the entropy in nats. */
export interface EntropyProbe {
  readonly probe: "entropy";
}

/** A measure of what the model says after a token, by its own logits: before masks and processors. */
export type Probe = LogitsProbe | DistributionProbe | LogprobsProbe | EntropyProbe;

/** The probes, as plain values. */
export const Probe = {
  /** One number per vocabulary entry. */
  logits: (): LogitsProbe => ({ probe: "logits" }),
  /** The `k` likeliest tokens and their probabilities, or without `k` all of them. */
  distribution: (options: DistributionOptions = {}): DistributionProbe => ({ probe: "distribution", ...options }),
  /** How likely each of these tokens is, as a natural logarithm. */
  logprobs: (tokens: readonly number[]): LogprobsProbe => ({ probe: "logprobs", tokens }),
  /** How undecided the model is, in nats. */
  entropy: (): EntropyProbe => ({ probe: "entropy" }),
} as const;

/** A sampler, which sees what masks and processors leave, or a probe. */
export type RowRequest = Sampler | Probe;

/** The same after several tokens. */
export interface RowsRequest {
  readonly of: RowRequest;
  /** Indices into the tokens that the pass was given, or where it was given none into those that waited; below 0 from the end. */
  readonly at: readonly number[];
}

/** Tokens that may come after those of the pass, to be checked in it. */
export interface DraftRequest {
  readonly draft: readonly number[];
  /** Picks the tokens that the draft is held against. */
  readonly sampler: Sampler;
}

/** What a forward pass is asked for: after its last token, after several, or after a draft. */
export type PassRequest = RowRequest | RowsRequest | DraftRequest;

/** What became of a draft. */
export interface VerifiedDraft {
  /** The drafted tokens that were picked, which the sequence keeps. A token that ends a generation is never among them. */
  readonly accepted: readonly number[];
  /** The token that was picked after those, which the sequence does not hold. */
  readonly next: number;
}

/** What a pass gives for a request after one token. */
export type RowOutput<Request extends RowRequest> = Request extends EmbeddingSampler | LogitsProbe
  ? Float32Array
  : Request extends DistributionSampler | DistributionProbe
    ? Distribution
    : Request extends LogprobsProbe
      ? readonly number[]
      : number;

/** What a pass gives for each of its requests, under their names. */
export type PassOutputs<Requests extends Readonly<Record<string, PassRequest>>> = {
  readonly [Name in keyof Requests]: Requests[Name] extends RowsRequest
    ? readonly RowOutput<Requests[Name]["of"]>[]
    : Requests[Name] extends DraftRequest
      ? VerifiedDraft
      : Requests[Name] extends RowRequest
        ? RowOutput<Requests[Name]>
        : never;
};
