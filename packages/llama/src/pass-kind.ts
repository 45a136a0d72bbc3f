/** What all tokens of one pass have in common. */
import type { AdapterSet } from "./adapter-set.js";

export interface PassKind {
  readonly adapters: AdapterSet;
  /** Whether each token gives its hidden state; then each takes a row, wanted or not. */
  readonly embeddings: boolean;
}
