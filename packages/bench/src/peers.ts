/** The implementations by their names; each is loaded only where it is measured. */
import type { Peer } from "./peer.js";

const loaders = {
  floor: async () => (await import("./peers/floor.js")).floor,
  iftk: async () => (await import("./peers/iftk.js")).iftk,
  "iftk for await": async () => (await import("./peers/iftk.js")).iftkForAwait,
  "async generators": async () => (await import("./peers/async-generators.js")).asyncGenerators,
  rxjs: async () => (await import("./peers/rxjs.js")).rxjs,
  effect: async () => (await import("./peers/effect.js")).effect,
  ix: async () => (await import("./peers/ix.js")).ix,
  "streaming-iterables": async () => (await import("./peers/streaming-iterables.js")).streamingIterables,
  "iter-tools": async () => (await import("./peers/iter-tools.js")).iterTools,
  "it-pipe": async () => (await import("./peers/it-pipe.js")).itPipe,
  "it-merge": async () => (await import("./peers/it-merge.js")).itMerge,
  "node:stream": async () => (await import("./peers/node-stream.js")).nodeStream,
  "web-streams": async () => (await import("./peers/web-streams.js")).webStreams,
  "stream/iter": async () => (await import("./peers/stream-iter.js")).openStreamIter(),
} satisfies Readonly<Record<string, () => Promise<Peer | undefined>>>;

/** The name of an implementation, as in the tables and the JSON. */
export type PeerName = keyof typeof loaders;

/** All implementations, the library's first. */
export const peerNames = Object.keys(loaders) as readonly PeerName[];

/** Loads an implementation; undefined where the running Node does not have it. */
export function loadPeer(name: PeerName): Promise<Peer | undefined> {
  return loaders[name]();
}
