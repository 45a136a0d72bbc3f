/** One pass of a model, with all that can be asked of it. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, Backend, Sequence } from "../backend.js";
import { type LogitProcessor, mask, type TokenMask } from "../sampling/logit-processor.js";
import type { RandomSource } from "../sampling/random.js";
import { plan, wanted } from "./pass-plan.js";
import type { PassOutputs, PassRequest } from "./probe.js";
import { decodeRuns, maskOfRuns, type RunLengths } from "./run-lengths.js";
import { RowReader } from "./row-reader.js";

/** A context, of which waiting tokens go through first and which is told of what it then holds. */
export interface ContextTarget {
  readonly model: { readonly backend: Backend };
  readonly sequence: Sequence;
  /** What the sequence holds, and what waits to go through. */
  readonly tokens: readonly number[];
  fillTokens(tokens: ArrayLike<number>): unknown;
}

/** A sequence with its backend. */
export interface SequenceTarget {
  readonly backend: Backend;
  readonly sequence: Sequence;
  /** Tokens that the sequence holds, for samplers and processors that look back; it is not changed. */
  readonly tokens?: readonly number[] | undefined;
}

export interface ForwardPassOptions {
  /** Appends these, after those that wait in the context. */
  readonly tokens?: ArrayLike<number> | undefined;
  /** Position of each token of the pass, those that wait and those of a draft included; one after another by default. */
  readonly positions?: ArrayLike<number> | undefined;
  /** For each token of the pass which tokens it attends to: an entry, or runs, for all that are held and all of the pass. */
  readonly attention?: readonly (Uint8Array | RunLengths)[] | undefined;
  /** The tokens that samplers may pick: bits, or as an array of numbers runs. */
  readonly logitMask?: TokenMask | RunLengths | undefined;
  /** Change the logits before samplers see them, ahead of the mask. */
  readonly processors?: readonly LogitProcessor[] | undefined;
  /** How many of the tokens up to the last one were generated, which some penalties tell from a prompt; 0 by default. */
  readonly generated?: number | undefined;
  /** The random numbers of all samplers; without it each begins with those of its own seed, or of a random one. */
  readonly random?: RandomSource | undefined;
  /** Adapters of this pass, in place of those of the context. */
  readonly adapters?: readonly AppliedAdapter[] | undefined;
}

export interface ExecuteOptions {
  /** Aborting it rejects the pass with its reason; the sequence keeps its former length. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One pass of a model over a context or a sequence: tokens in, and out what is asked for by name.
 *
 * What the backend cannot do it refuses with StageError `unimplemented`, reason `backend`; arbitrary positions and attention are
 * such. A context that a pass with its own attention, positions or adapters went over holds what no prompt gives.
 */
export class ForwardPass {
  readonly #target: ContextTarget | SequenceTarget;
  readonly #options: ForwardPassOptions;

  constructor(target: ContextTarget | SequenceTarget, options: ForwardPassOptions = {}) {
    this.#target = target;
    this.#options = options;
  }

  /** The tokens that go through: those that wait in the context, and those that were given. */
  get tokens(): readonly number[] {
    const waiting = "model" in this.#target ? this.#target.tokens.slice(this.#target.sequence.length) : [];
    return [...waiting, ...Array.from(this.#options.tokens ?? [])];
  }

  /**
   * Runs the pass, and gives what was asked for under the names that it was asked by. It can be asked for nothing, too.
   *
   * The tokens are then held; of a draft, those that were accepted.
   *
   * @throws StageError `invalid_argument` when there is no token, for an index that no token has, for runs of another length and for
   * more than one draft; what `forwardRows`, processors and samplers throw. When a sampler throws, the tokens are held all the same.
   */
  async execute<const Requests extends Readonly<Record<string, PassRequest>>>(requests?: Requests, { signal }: ExecuteOptions = {}): Promise<PassOutputs<Requests>> {
    const target = this.#target;
    const { tokens: given = [], positions, attention, processors = [], logitMask, generated = 0, random, adapters } = this.#options;
    const { sequence } = target;
    const { tokens } = this;
    if (tokens.length === 0) throw new StageError("invalid_argument", "tokens: expected at least one; none waits and none was given");
    const asked = plan(requests ?? {}, tokens.length, given.length === 0 ? tokens.length : given.length);
    const draft = asked.find((ask) => ask.draft !== undefined)?.draft ?? [];
    const rows = [...new Set(asked.flatMap((ask) => ask.rows))].sort((one, other) => one - other);
    const backend = "model" in target ? target.model.backend : target.backend;
    const held = sequence.length + tokens.length;
    const allowed = logitMask === undefined ? [] : [mask(ArrayBuffer.isView(logitMask) ? logitMask : maskOfRuns(logitMask, backend.vocabularySize))];
    const history = (target.tokens ?? []).slice(0, sequence.length);

    const found = await sequence.forwardRows([...tokens, ...draft], {
      rows, positions, adapters, signal,
      want: wanted(asked),
      attention: attention?.map((entry) => (entry instanceof Uint8Array ? entry : decodeRuns(entry, held + draft.length))),
    });
    const reader = new RowReader(found, rows, { backend, history, tokens, generated, processors: [...processors, ...allowed], random });
    let kept = 0;
    try {
      const outputs = asked.map((ask): [string, unknown] => {
        if (ask.draft === undefined) return [ask.name, ask.isSeveral ? reader.read(ask.of, ask.rows) : reader.read(ask.of, ask.rows)[0]];
        const verified = reader.verify(ask.of, ask.draft);
        kept = verified.accepted.length;
        return [ask.name, verified];
      });
      return Object.fromEntries(outputs) as PassOutputs<Requests>;
    } finally {
      if (kept < draft.length) sequence.trim(held + kept);
      if ("model" in target) target.fillTokens([...Array.from(given), ...draft.slice(0, kept)]);
    }
  }
}
