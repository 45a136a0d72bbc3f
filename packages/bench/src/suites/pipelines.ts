/** Pipelines of one to ten stages over three kinds of source: one implementation beside the floor and async generators. */
import { median } from "../measure.js";
import type { Peer } from "../peer.js";
import { loadPeer, type PeerName } from "../peers.js";
import type { Cell, Slope } from "../report.js";
import { measureRounds, medianOf, ratioOf, type Case, type Effort, type Times } from "../rounds.js";
import { sourceKinds, supply, type Source, type SourceKind, type Supply } from "../workload/sources.js";
import { expectedSum, shapes, type Shape } from "../workload/steps.js";
import { makeTokens } from "../workload/tokens.js";

/** How the suite is run. */
export interface PipelinesRequest extends Effort {
  readonly peer: PeerName;
  /** Tokens of the longest run. */
  readonly tokens: number;
  /** The pipelines that share the process; all of them when left out. */
  readonly shapes?: readonly Shape[];
}

export interface PipelinesResult {
  readonly cells: readonly Cell[];
  readonly slopes: readonly Slope[];
}

/** Sums and sources for a number of items, made when first asked for and before the clock starts. */
class Supplies {
  readonly #tokens: readonly string[];
  readonly #supplies = new Map<string, Supply<unknown>>();
  readonly #sums = new Map<string, number>();

  constructor(count: number) {
    this.#tokens = makeTokens(count);
  }

  /** Rounds to an eighth of a power of two, so that few sizes are ever made. */
  sizeOf(items: number): number {
    const step = 2 ** Math.max(5, Math.floor(Math.log2(items)) - 3);
    return Math.min(this.#tokens.length, Math.max(step, Math.floor(items / step) * step));
  }

  of(size: number, peer: Peer): Supply<unknown> {
    const key = `${size} ${peer.carry ? peer.name : ""}`;
    let found = this.#supplies.get(key);
    if (!found) {
      const tokens = this.#tokens.slice(0, size);
      this.#supplies.set(key, (found = supply(peer.carry ? tokens.map(peer.carry) : tokens)));
    }
    return found;
  }

  async sum(size: number, shape: Shape): Promise<number> {
    const key = `${size} ${shape}`;
    let found = this.#sums.get(key);
    if (found === undefined) this.#sums.set(key, (found = await expectedSum(this.#tokens.slice(0, size), shape)));
    return found;
  }
}

interface Cellar {
  readonly kind: SourceKind;
  readonly shape: Shape;
}

const bases = ["floor", "async generators"] as const;

/** Measures all cells of one implementation; undefined where it has no pipelines or the running Node does not have it. */
export async function measurePipelines({ peer: name, tokens, shapes: asked = shapes, ...effort }: PipelinesRequest): Promise<PipelinesResult | undefined> {
  const cellars: readonly Cellar[] = sourceKinds.flatMap((kind) => asked.map((shape) => ({ kind, shape })));
  const measured = await loadPeer(name);
  if (!measured?.pipeline) return undefined;
  const peers = [...(await Promise.all(bases.map(loadPeer))), measured].filter((peer, index, all): peer is Peer => peer !== undefined && all.indexOf(peer) === index);
  const supplies = new Supplies(tokens);
  const cases = cellars.map(({ kind, shape }): Case => ({
    name: `${kind}${shape}`,
    most: tokens,
    runners: peers.flatMap((peer) => {
      const run = peer.pipeline?.(shape);
      if (!run) return [];
      return {
        name: peer.name,
        run: async (items: number) => {
          const size = supplies.sizeOf(items);
          return { items: size, expected: await supplies.sum(size, shape), sum: await run(supplies.of(size, peer).open(kind) as Source) };
        },
      };
    }),
  }));
  const times = await measureRounds(cases, effort);
  const of = (kind: SourceKind, shape: Shape): Times => times[cellars.findIndex((cell) => cell.kind === kind && cell.shape === shape)] ?? new Map();
  const names = peers.map((peer) => peer.name);
  return {
    cells: cellars.flatMap(({ kind, shape }) =>
      names.map((implementation): Cell => ({
        source: kind,
        stages: shape === "5a" ? 5 : shape,
        ...(shape === "5a" && { asyncStages: 1 }),
        implementation,
        nsPerItem: medianOf(of(kind, shape), implementation),
        vsFloor: ratioOf(of(kind, shape), implementation, "floor"),
        vsAsyncGenerators: ratioOf(of(kind, shape), implementation, "async generators"),
      })),
    ),
    slopes: !(asked.includes(5) && asked.includes(10)) ? [] : sourceKinds.flatMap((source) => names.map((implementation): Slope => ({ source, implementation, ...slopeOf(of(source, 5), of(source, 10), implementation) }))),
  };
}

/** What each of the stages six to ten costs, and how that compares with the floor. */
function slopeOf(five: Times, ten: Times, name: string): { nsPerStage: number; vsFloor: number | null } {
  const slope = (of: string): number => median((ten.get(of) ?? []).map((time, round) => (time - (five.get(of)?.[round] ?? Number.NaN)) / 5));
  const ratio = slope(name) / slope("floor");
  return { nsPerStage: slope(name), vsFloor: Number.isFinite(ratio) ? ratio : null };
}
