/** One array of tokens for ten branches, each with a sum of its own. */
import type { Peer } from "../peer.js";
import { loadPeer, type PeerName } from "../peers.js";
import type { Compared } from "../report.js";
import { measureRounds, medianOf, ratioOf, type Effort } from "../rounds.js";
import { onePromiseEach } from "../workload/sources.js";
import { makeTokens } from "../workload/tokens.js";

/** How a suite that compares one implementation with the floor is run. */
export interface ComparedRequest extends Effort {
  readonly peer: PeerName;
  readonly items: number;
}

/** What a peer does in one run; undefined where it cannot. It is asked for once, before the clock starts. */
type WorkOf = (peer: Peer) => (() => Promise<number>) | undefined;

/** Compares one implementation with the floor in the same process; undefined where it cannot do the work or is not there. */
export async function compare({ peer: name, items, ...effort }: ComparedRequest, of: string, expected: number, workOf: WorkOf): Promise<Compared | undefined> {
  const peers = new Set(await Promise.all([loadPeer("floor"), loadPeer(name)]));
  const works = [...peers].map((peer) => peer && workOf(peer));
  if (!works.at(-1)) return undefined;
  const runners = [...peers].map((peer, index) => ({
    name: peer?.name ?? "",
    run: async () => ({ items, expected, sum: (await works[index]?.()) ?? Number.NaN }),
  }));
  const [times = new Map()] = await measureRounds([{ name: of, runners, most: items }], effort);
  return { implementation: name, nsPerItem: medianOf(times, name), vsFloor: ratioOf(times, name, "floor") };
}

const branches = 10;

const lengthOf = (tokens: readonly string[]): number => tokens.reduce((sum, token) => sum + token.length, 0);

/** Measures a fork to ten branches. */
export function measureFork(request: ComparedRequest): Promise<Compared | undefined> {
  const tokens = makeTokens(request.items);
  return compare(request, "a fork to 10 branches", branches * lengthOf(tokens), (peer) => {
    const { fork } = peer;
    if (!fork) return undefined;
    const carried = (peer.carry ? tokens.map(peer.carry) : tokens) as readonly string[];
    return () => fork(carried, branches);
  });
}

const sourceCount = 100;

/** Measures a merge of a hundred sources that each give a token a promise. */
export function measureMerge(request: ComparedRequest): Promise<Compared | undefined> {
  const tokens = makeTokens(Math.ceil(request.items / sourceCount));
  return compare({ ...request, items: tokens.length * sourceCount }, "a merge of 100 sources", sourceCount * lengthOf(tokens), (peer) => {
    const { merge } = peer;
    if (!merge) return undefined;
    const carried = (peer.carry ? tokens.map(peer.carry) : tokens) as readonly string[];
    return () => merge(Array.from({ length: sourceCount }, () => onePromiseEach(carried)));
  });
}
