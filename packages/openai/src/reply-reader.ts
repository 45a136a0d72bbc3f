/** What the three APIs have in common for whoever reads their replies. */
import type { Part } from "@iftk/inference";
import type { PieceReader } from "./read-reply.js";

/** Makes parts of one reply. */
export interface ReplyReader extends PieceReader<Part> {
  /** Whether a reply that ends now has all its text, although the mark has not come. */
  readonly isWhole: boolean;
  takeWhole(value: unknown): readonly Part[];
}
