/** Files of Protocol Buffers as plain data: what is declared, before descriptors are made of it. */

/** The scalar types that are used here. */
export type ScalarName = "string" | "bool" | "double" | "int32" | "uint32" | "int64" | "bytes";

/** The type of a field: a scalar, or the full name of a message or an enum. */
export type FieldType = ScalarName | { readonly message: string } | { readonly enum: string };

export interface FieldDeclaration {
  /** In snake case. */
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  /** `map` is one with keys of type string. */
  readonly label?: "optional" | "repeated" | "map" | undefined;
  /** The oneof that the field belongs to. */
  readonly oneof?: string | undefined;
  /** Its name in JSON, where it is not the name in camel case. */
  readonly jsonName?: string | undefined;
}

/** The names of an enum's values, numbered from 0. */
export interface EnumDeclaration {
  readonly name: string;
  readonly values: readonly string[];
}

export interface MessageDeclaration {
  readonly name: string;
  readonly fields: readonly FieldDeclaration[];
  readonly messages?: readonly MessageDeclaration[] | undefined;
  readonly enums?: readonly EnumDeclaration[] | undefined;
}

export interface MethodDeclaration {
  readonly name: string;
  /** The full name of a message. */
  readonly input: string;
  /** The full name of a message. */
  readonly output: string;
  readonly takesStream?: boolean | undefined;
  readonly givesStream?: boolean | undefined;
}

export interface ServiceDeclaration {
  readonly name: string;
  readonly methods: readonly MethodDeclaration[];
}

export interface FileDeclaration {
  /** Its path, such as `grpc/health/v1/health.proto`. */
  readonly path: string;
  readonly package: string;
  /** Paths of the files whose types it uses. */
  readonly imports?: readonly string[] | undefined;
  readonly messages?: readonly MessageDeclaration[] | undefined;
  readonly enums?: readonly EnumDeclaration[] | undefined;
  readonly services?: readonly ServiceDeclaration[] | undefined;
}
