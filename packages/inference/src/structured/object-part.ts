/** The pieces of an object that a model gives. */
import type { Finish, UsagePart, Warning } from "../part.js";

/**
 * A value of the type as far as it has come: members may be missing, lists and texts may go on, and so a text need not be
 * one of those that the type allows.
 */
export type DeepPartial<T> = T extends string
  ? string
  : T extends readonly (infer Element)[]
    ? readonly DeepPartial<Element>[]
    : T extends object
      ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> }
      : T;

/** What there is of the object, in place of what there was before. It is not validated, nor changed afterwards. */
export interface ObjectPartial<Input> {
  readonly type: "object-partial";
  readonly value: DeepPartial<Input>;
}

/** The whole object, as the schema gives it. */
export interface WholeObject<Output> {
  readonly type: "object";
  readonly object: Output;
}

/**
 * One piece of an object that a model gives: `Output` is what its schema makes of `Input`.
 *
 * An answer that cannot be used is told by a warning; the next partial object then begins anew.
 */
export type ObjectPart<Output, Input = unknown> = ObjectPartial<Input> | WholeObject<Output> | Warning | UsagePart | Finish;
