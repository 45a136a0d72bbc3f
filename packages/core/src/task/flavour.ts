/** The four flavours of a task: which mode each has, and which serve which. */
import type { Mode } from "../stage.js";
import type { AnyImplementation } from "./task.js";

/** The name of a flavour, as a property of an implementation. */
export type FlavourName = "unary" | "outputStream" | "inputStream" | "bidi";

const names = { unary: "unary", "output-stream": "outputStream", "input-stream": "inputStream", bidi: "bidi" } as const satisfies Record<Mode, FlavourName>;

/** Each flavour by the name of its property. */
export const modeOf: ReadonlyMap<string, Mode> = new Map(Object.entries(names).map(([mode, name]) => [name, mode as Mode]));

/** The flavours that serve each mode, the best first: those that keep streams streaming, then those with fewer conversions. */
export const servedBy: Readonly<Record<Mode, readonly Mode[]>> = {
  unary: ["unary", "output-stream", "input-stream", "bidi"],
  "output-stream": ["output-stream", "bidi", "unary", "input-stream"],
  "input-stream": ["input-stream", "bidi", "unary", "output-stream"],
  bidi: ["bidi", "output-stream", "input-stream", "unary"],
};

/** The flavour of an implementation in a mode. */
export function flavourOf<I extends AnyImplementation, M extends Mode>(implementation: I, mode: M): I[(typeof names)[M]] {
  return implementation[names[mode]];
}
