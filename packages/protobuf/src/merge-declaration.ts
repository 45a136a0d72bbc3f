/** One declaration for a message that several schemas describe. */
import { StageError } from "@iftk/core";
import type { EnumDeclaration, FieldDeclaration, MessageDeclaration } from "./declaration.js";

/**
 * The declaration that serves both uses of a message: a field that one of them may leave out keeps its presence.
 * Throws StageError `invalid_argument` where the two differ in anything else.
 */
export function mergeMessages(one: MessageDeclaration, other: MessageDeclaration, typeName: string): MessageDeclaration {
  const conflict = (what: string): StageError => new StageError("invalid_argument", `Two schemas have the id of ${typeName} and differ in ${what}; give one of them another id.`);
  const field = (left: FieldDeclaration, right: FieldDeclaration): FieldDeclaration => {
    if (!same({ ...left, label: undefined }, { ...right, label: undefined }) || isSingle(left) !== isSingle(right) || (!isSingle(left) && left.label !== right.label)) throw conflict(left.name);
    return left.label === undefined ? right : left;
  };
  const message = (left: MessageDeclaration, right: MessageDeclaration): MessageDeclaration => mergeMessages(left, right, `${typeName}.${left.name}`);
  const enumeration = (left: EnumDeclaration, right: EnumDeclaration): EnumDeclaration => {
    if (!same(left, right)) throw conflict(left.name);
    return left;
  };
  return {
    name: one.name,
    fields: pairs(one.fields, other.fields, field, conflict),
    messages: pairs(one.messages ?? [], other.messages ?? [], message, conflict),
    enums: pairs(one.enums ?? [], other.enums ?? [], enumeration, conflict),
  };
}

function pairs<T extends { readonly name: string }>(left: readonly T[], right: readonly T[], merge: (left: T, right: T) => T, conflict: (what: string) => StageError): T[] {
  const other = new Map(right.map((one) => [one.name, one]));
  const missing = right.find(({ name }) => !left.some((one) => one.name === name));
  if (missing) throw conflict(missing.name);
  return left.map((one) => {
    const found = other.get(one.name);
    if (!found) throw conflict(one.name);
    return merge(one, found);
  });
}

function isSingle({ label }: FieldDeclaration): boolean {
  return label === undefined || label === "optional";
}

function same(left: object, right: object): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
