/** Whether values that a split gives to several, and that come together again, may wait for each other for ever. */
import type { ElementUse } from "../description.js";
import type { ElementDefinition } from "../element.js";
import { parseProperties } from "../parse-properties.js";
import type { LaidLink, LaidNode, Layout } from "./layout.js";
import type { PipelineProblem } from "./problem.js";

/** What is between a pad of a split and an element after it. */
interface Branch {
  readonly split: LaidNode;
  readonly pad: string;
  /** Whether as many values come out as go in. */
  readonly isEven: boolean;
  /** Whether a queue holds values on the way. */
  readonly isQueued: boolean;
}

/** A branch where it comes into a join. */
interface Arm extends Branch {
  /** Which input of the join it is, from 0 on. */
  readonly at: number;
}

/**
 * Warns of joins that take of their inputs in step or in turn where these come out of one split that waits for its slowest branch:
 * when one branch has to give before the other is read, and the split is not read before the other is, neither is ever.
 */
export function flowWarnings(layout: Layout): readonly PipelineProblem[] {
  const branches = new Branches(layout.links);
  return layout.nodes.flatMap((join) => {
    const { definition, pads, name: element, place } = join;
    if (definition?.kind !== "join" || (definition.takes ?? "as-they-come") === "as-they-come") return [];
    const arms = pads.in.flatMap((pad, at) => branches.into(join, pad).map((branch): Arm => ({ ...branch, at })));
    return [...new Set(arms.map(({ split }) => split))].flatMap((split): readonly PipelineProblem[] => {
      const own = arms.filter((arm) => arm.split === split);
      if (!own.some((one) => own.some((other) => one.at !== other.at && one.pad !== other.pad))) return [];
      const message = definition.takes === "in-step" ? stepWarning(element, own) : turnWarning(element, own);
      return message === undefined ? [] : [{ place, element, message }];
    });
  });
}

function stepWarning(element: string, arms: readonly Arm[]): string | undefined {
  if (arms.every(({ isEven }) => isEven) || arms.some(({ isQueued }) => isQueued)) return undefined;
  return `${element} takes one value of each input, and ${padNames(arms)} may give unequally many: ${splitOf(arms)} then waits for ever for the one that is ahead; put a queue that is large enough into that branch, or have ${splitOf(arms)} drop values`;
}

function turnWarning(element: string, arms: readonly Arm[]): string | undefined {
  const first = Math.min(...arms.map(({ at }) => at));
  const later = arms.filter(({ at, isQueued }) => at > first && !isQueued);
  if (later.length === 0) return undefined;
  return `${element} takes all of one input before the next, and ${splitOf(arms)} waits for ever for ${padNames(later)} when there is more than it holds; put a queue that is large enough into that branch, or have ${splitOf(arms)} drop values`;
}

const splitOf = ([arm]: readonly Arm[]): string => arm?.split.name ?? "";

const padNames = (arms: readonly Arm[]): string => [...new Set(arms.map(({ split, pad }) => `${split.name}.${pad}`))].join(" and ");

/** The branches of splits that wait, as they come into elements. */
class Branches {
  readonly #links: ReadonlyMap<LaidNode, readonly LaidLink[]>;
  readonly #known = new Map<LaidNode, readonly Branch[]>();

  constructor(links: readonly LaidLink[]) {
    this.#links = Map.groupBy(links, ({ to }) => to.node);
  }

  into(node: LaidNode, pad: string): readonly Branch[] {
    return (this.#links.get(node) ?? []).filter(({ to }) => to.pad === pad).flatMap(({ from }) => this.#outOf(from.node, from.pad));
  }

  #outOf(node: LaidNode, pad: string): readonly Branch[] {
    const before = this.#through(node);
    return isWaiting(node) ? [...before, { split: node, pad, isEven: true, isQueued: false }] : before;
  }

  /** What comes out of an element of the branches that go into it: each pad of a split once. */
  #through(node: LaidNode): readonly Branch[] {
    const known = this.#known.get(node);
    if (known) return known;
    this.#known.set(node, []); // what goes round comes from nowhere else
    const isEven = keepsCount(node);
    const isQueued = node.definition?.kind === "transform" && node.definition.dropsBeyond !== undefined;
    const found = new Map<string, Branch>();
    for (const branch of (this.#links.get(node) ?? []).flatMap(({ from }) => this.#outOf(from.node, from.pad))) {
      const key = `${branch.split.name}.${branch.pad}`;
      const other = found.get(key) ?? { isEven: true, isQueued: true };
      found.set(key, { ...branch, isEven: other.isEven && branch.isEven && isEven, isQueued: other.isQueued && (branch.isQueued || isQueued) });
    }
    const all = [...found.values()];
    this.#known.set(node, all);
    return all;
  }
}

/** Whether an element gives one value for each that it takes. */
function keepsCount({ definition, use }: LaidNode): boolean {
  if (definition?.kind === "split") return true;
  if (definition?.kind === "join") return definition.takes === "in-step";
  if (definition?.kind !== "transform") return false;
  const properties = propertiesOf(definition, use);
  if (!properties) return true; // which is told elsewhere
  return definition.isOneForOne?.(properties) ?? (definition.dropsBeyond !== undefined && definition.dropsBeyond(properties) === undefined);
}

/** Whether a split has the branches that are ahead wait for the others. */
function isWaiting({ definition, use }: LaidNode): boolean {
  if (definition?.kind !== "split") return false;
  const properties = propertiesOf(definition, use);
  return properties !== undefined && definition.dropsBeyond?.(properties) === undefined;
}

function propertiesOf(definition: ElementDefinition, { properties = {} }: ElementUse): Record<string, unknown> | undefined {
  const parsed = parseProperties(definition, properties);
  return "problems" in parsed ? undefined : parsed.properties;
}
