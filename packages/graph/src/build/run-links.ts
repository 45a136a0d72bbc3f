/** The links of a run: what fails is traced to its element, and what passes is counted. */
import type { Stream } from "@iftk/core";
import type { ElementDefinition } from "../element.js";
import { LinkCounter, Waiting } from "./link-counter.js";
import { watchLink, type LinkWatcher } from "./link-reader.js";
import type { LinkStatistics } from "./pipeline-run.js";
import { portName, type PlanNode, type Port } from "./plan.js";

/** Errors whose origin is kept; more than one come only where branches fail on their own. */
const mostErrors = 64;

/** An element as it is now. */
interface Holder {
  readonly definition: ElementDefinition;
  readonly properties: Record<string, unknown>;
}

/** Sees what flows over the links of a run. */
export class RunLinks {
  readonly #isCounting: boolean;
  readonly #elementAt: (node: PlanNode) => Holder | undefined;
  readonly #counters = new Map<string, LinkCounter>();
  /** What waits in elements for each of the links after them, in the pass that was wired last. */
  readonly #waiting = new Map<PlanNode, Waiting[]>();
  readonly #failures: { readonly error: unknown; readonly names: string }[] = [];

  /** `elementAt` is asked where values may wait, if links are counted. */
  constructor(isCounting: boolean, elementAt: (node: PlanNode) => Holder | undefined) {
    this.#isCounting = isCounting;
    this.#elementAt = elementAt;
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
    const onFailure = (error: unknown): void => {
      if (this.#failures.length < mostErrors && this.originOf(error) === undefined) this.#failures.push({ error, names });
    };
    return watchLink(stream, this.#isCounting ? { ...this.#count(from, to), onFailure } : { onFailure });
  };

  #count(from: Port | undefined, to: Port | undefined): Omit<LinkWatcher, "onFailure"> {
    const filled = to && this.#waitingIn(to.node);
    const waiting = from && this.#waitingFor(from);
    const link = from && to ? this.#counterOf(from, to).watch(waiting) : waiting && { onBatch: (batch: readonly unknown[]) => waiting.take(batch.length) };
    if (!filled) return link ?? {};
    const onBatch = (batch: readonly unknown[]): void => {
      link?.onBatch?.(batch);
      for (const one of filled) one.add(batch.length);
    };
    return { ...link, onBatch };
  }

  /** What waits in an element, link by link: it is filled in when those after it are seen. */
  #waitingIn(node: PlanNode): readonly Waiting[] | undefined {
    if (!canHold(node.definition)) return undefined;
    const all: Waiting[] = [];
    this.#waiting.set(node, all);
    return all;
  }

  #waitingFor({ node }: Port): Waiting | undefined {
    const all = this.#waiting.get(node);
    if (!all) return undefined;
    const waiting = new Waiting(() => this.#roomIn(node));
    all.push(waiting);
    return waiting;
  }

  #roomIn(node: PlanNode): number {
    const element = this.#elementAt(node);
    if (!element || !canHold(element.definition)) return 0; // another one has taken the place of the queue
    return element.definition.dropsBeyond?.(element.properties) ?? Infinity;
  }

  #counterOf(from: Port, to: Port): LinkCounter {
    const key = `${portName(from)} ${portName(to)}`;
    const counter = this.#counters.get(key) ?? new LinkCounter(portName(from), portName(to));
    this.#counters.set(key, counter);
    return counter;
  }
}

function canHold(definition: ElementDefinition): definition is Extract<ElementDefinition, { readonly kind: "split" | "transform" }> {
  return (definition.kind === "split" || definition.kind === "transform") && definition.dropsBeyond !== undefined;
}
