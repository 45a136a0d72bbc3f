/** The links of a run: what fails is traced to its element, and what passes is counted. */
import type { Stream } from "@iftk/core";
import { LinkCounter, watchFailure } from "./link-counter.js";
import type { LinkStatistics } from "./pipeline-run.js";
import { portName, type Port } from "./plan.js";

/** Errors whose origin is kept; more than one come only where branches fail on their own. */
const mostErrors = 64;

/** Sees what flows over the links of a run. */
export class RunLinks {
  readonly #isCounting: boolean;
  readonly #counters = new Map<string, LinkCounter>();
  readonly #failures: { readonly error: unknown; readonly names: string }[] = [];

  constructor(isCounting: boolean) {
    this.#isCounting = isCounting;
  }

  get statistics(): readonly LinkStatistics[] {
    return [...this.#counters.values()].map((counter) => counter.statistics);
  }

  /** The elements that the error came out of first; undefined when it came out of none. */
  originOf(error: unknown): string | undefined {
    return this.#failures.find((failure) => Object.is(failure.error, error))?.names;
  }

  /** The stream, seen; it fits `Hooks.link`. */
  readonly see = (stream: Stream<unknown>, from: Port | undefined, to: Port | undefined, names: string): Stream<unknown> => {
    const seen = watchFailure(stream, (error) => {
      if (this.#failures.length < mostErrors && this.originOf(error) === undefined) this.#failures.push({ error, names });
    });
    if (!this.#isCounting || !from || !to) return seen;
    const key = `${portName(from)} ${portName(to)}`;
    const counter = this.#counters.get(key) ?? new LinkCounter(portName(from), portName(to));
    this.#counters.set(key, counter);
    return counter.count(seen);
  };
}
