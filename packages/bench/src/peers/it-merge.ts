/** it-merge: the merge of the `it-*` modules. */
import merge from "it-merge";
import type { Peer } from "../peer.js";

export const itMerge: Peer = {
  name: "it-merge",
  merge: async (sources) => {
    let sum = 0;
    for await (const token of merge(...sources)) sum += token.length;
    return sum;
  },
};
