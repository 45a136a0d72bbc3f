/** Messages between a schema and its descriptor: which property is which field, and how its values are written. */
import type { FieldDeclaration, ScalarName } from "./declaration.js";

/** How one value is written. `base64` is a text of base64 as bytes, `json` is anything as `google.protobuf.Value`. */
export type ValueShape =
  | { readonly kind: ScalarName | "base64" | "json" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "message"; readonly message: MessageShape };

export interface FieldShape {
  /** The name in objects. */
  readonly property: string;
  readonly declaration: FieldDeclaration;
  readonly value: ValueShape;
  /** Whether every object has it. */
  readonly isRequired: boolean;
  /** Whether leaving it out means something else than nothing, so that an empty array cannot be sent in its place. */
  readonly hasDefault: boolean;
}

export interface MessageShape {
  /** The full name. */
  readonly typeName: string;
  readonly fields: readonly FieldShape[];
}
