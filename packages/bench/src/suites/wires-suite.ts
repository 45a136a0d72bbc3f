/** One wire: the server that is written by hand, those of the library beside it, and what clients do with each. */
import type { Server } from "node:net";
import type { Drive } from "./wires-drive.js";

type WithoutLanes<D> = D extends unknown ? Omit<D, "port" | "lanes"> : never;

/** Something that clients do with a server. */
export interface Exchange {
  readonly name: string;
  /** Messages that one lane causes; what they cost is found for each. */
  readonly messages: number;
  readonly drive: WithoutLanes<Drive>;
  /** What one lane must get, one after another. */
  readonly answers: readonly string[];
}

/** A wire. */
export interface Suite {
  readonly plain: { readonly name: string; readonly open: () => Server };
  /** Servers of the library. */
  readonly implementations: Readonly<Record<string, () => Server>>;
  readonly exchanges: (messages: number) => readonly Exchange[];
}
