/** The messages that schemas describe. */
import { StageError } from "@iftk/core";
import type { EnumDeclaration, FieldDeclaration, FieldType, MessageDeclaration } from "./declaration.js";
import type { JsonSchema, SchemaDocument } from "./json-schema.js";
import { mergeMessages } from "./merge-declaration.js";
import type { FieldShape, MessageShape, ValueShape } from "./message-shape.js";
import { numberFields } from "./number-fields.js";
import { fieldName, typeName, valueName } from "./proto-name.js";
import { checkJson, readKind, type ValueKind } from "./read-value.js";

/** The full name of the message for values of any kind. */
export const jsonType = "google.protobuf.Value";

/** A message that is being declared. */
export interface Draft {
  readonly typeName: string;
  readonly fields: FieldDeclaration[];
  readonly messages: MessageDeclaration[];
  readonly enums: EnumDeclaration[];
}

/** A message without anything in it yet. */
export function draftOf(fullName: string): Draft {
  return { typeName: fullName, fields: [], messages: [], enums: [] };
}

/** The declaration that a draft has become. Throws StageError `invalid_argument` where two of its types have one name. */
export function declarationOf({ typeName: fullName, fields, messages, enums }: Draft): MessageDeclaration {
  const entries = fields.filter(({ label }) => label === "map").map(({ name }) => `${typeName(name)}Entry`);
  const names = [...[...messages, ...enums].map(({ name }) => name), ...entries];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new StageError("invalid_argument", `${fullName}: two of its properties make the type ${twice}; rename one of them, or give its schema an id.`);
  return { name: fullName.slice(fullName.lastIndexOf(".") + 1), fields, messages, enums };
}

/** A property that is to be a field. */
export interface Property {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  /** Whether a reader can tell that it was left out, although every object has it. */
  readonly keepsPresence?: boolean;
  /** Whether a single value may be left out here, although every object has it. */
  readonly mayBeLeftOut?: boolean;
  /** The name of the field where it is not that of the property. */
  readonly field?: string;
  readonly document: SchemaDocument;
}

/** Reads schemas into messages and enums; those whose schema has an id are declared once, in one package, whoever uses them. */
export class DataModel {
  readonly #package: string;
  readonly #messages = new Map<string, MessageDeclaration>();
  readonly #enums = new Map<string, EnumDeclaration>();
  /** The messages of nodes that were met before: a schema may refer to itself. */
  readonly #known = new Map<JsonSchema, MessageShape>();

  constructor(packageName: string) {
    this.#package = packageName;
  }

  /** The messages that schemas share, by their names. */
  get messages(): readonly MessageDeclaration[] {
    return byName(this.#messages);
  }

  /** The enums that schemas share, by their names. */
  get enums(): readonly EnumDeclaration[] {
    return byName(this.#enums);
  }

  /** Declares a message of the package, or merges it with the one of the same name. */
  share(draft: Draft): void {
    const declared = declarationOf(draft);
    const before = this.#messages.get(declared.name);
    this.#messages.set(declared.name, before ? mergeMessages(before, declared, draft.typeName) : declared);
  }

  #shareEnum(declared: EnumDeclaration): void {
    const before = this.#enums.get(declared.name);
    if (before && before.values.join() !== declared.values.join()) throw new StageError("invalid_argument", `Two enums have the id of ${this.nameOf(declared.name)} and differ in their values; give one of them another id.`);
    this.#enums.set(declared.name, declared);
  }

  /** A name in the package. */
  nameOf(name: string): string {
    return `${this.#package}.${typeName(name)}`;
  }

  /** The message of an object's node: shared under its id, or else where `scope` says. */
  message(document: SchemaDocument, node: JsonSchema, properties: Readonly<Record<string, JsonSchema>>, id: string | undefined, scope: { readonly typeName: string; readonly add: (draft: Draft) => void }): MessageShape {
    const known = this.#known.get(node);
    if (known) return known;
    const draft = draftOf(id === undefined ? scope.typeName : this.nameOf(id));
    const fields: FieldShape[] = [];
    const shape = { typeName: draft.typeName, fields };
    this.#known.set(node, shape);
    fields.push(...this.fields(propertiesOf(document, properties, node.required), draft));
    if (id === undefined) scope.add(draft);
    else this.share(draft);
    return shape;
  }

  /** The fields of properties, declared in a draft. */
  fields(properties: readonly Property[], draft: Draft): FieldShape[] {
    const place = draft.typeName;
    const names = properties.map((property) => {
      if (property.name === "__proto__") throw new StageError("invalid_argument", `${place}: a property cannot be named __proto__.`);
      return property.field ?? fieldName(property.name);
    });
    const numbers = numberFields(properties.map(({ schema }, index) => ({ name: names[index] as string, number: schema.field })), place);
    return properties.map((property, index) => {
      const shape = this.#field(property, names[index] as string, numbers[index] as number, draft);
      draft.fields.push(shape.declaration);
      return shape;
    });
  }

  #field(property: Property, name: string, number: number, draft: Draft): FieldShape {
    const { schema, keepsPresence = false, mayBeLeftOut = false, document } = property;
    const place = `${draft.typeName}.${name}`;
    const kind = readKind(document.resolve(schema).schema, place);
    const isMany = kind.kind === "repeated" || kind.kind === "map";
    const item = kind.kind === "repeated" ? kind.items : kind.kind === "map" ? kind.values : schema;
    const isRequired = property.isRequired && (isMany || !mayBeLeftOut);
    const { value, type } = this.#value(document, item, name, draft);
    const isOptional = (!isRequired || keepsPresence) && value.kind !== "message" && value.kind !== "json";
    const label = isMany ? kind.kind : isOptional ? "optional" : undefined;
    // In JSON a field has the name of its property.
    const declaration: FieldDeclaration = { name, number, type, label, jsonName: property.field === undefined ? property.name : undefined };
    return { property: property.name, declaration, value, isRequired, hasDefault: hasContent(schema.default ?? document.resolve(schema).schema.default) };
  }

  /** How a single value is written; lists and maps within lists and maps are none of their kind. */
  #value(document: SchemaDocument, schema: JsonSchema, name: string, draft: Draft): { readonly value: ValueShape; readonly type: FieldType } {
    const { schema: node, id } = document.resolve(schema);
    const place = `${draft.typeName}.${name}`;
    const kind: ValueKind = readKind(node, place);
    switch (kind.kind) {
      case "message": {
        const inner = `${draft.typeName}.${typeName(name)}`;
        const message = this.message(document, node, kind.properties, id, { typeName: inner, add: (made) => draft.messages.push(declarationOf(made)) });
        return { value: { kind: "message", message }, type: { message: message.typeName } };
      }
      case "enum": {
        const declared = enumOf(typeName(id ?? name), kind.values, place);
        if (id === undefined) draft.enums.push(declared);
        else this.#shareEnum(declared);
        return { value: kind, type: { enum: id === undefined ? `${draft.typeName}.${declared.name}` : this.nameOf(id) } };
      }
      case "repeated":
      case "map":
      case "json":
        checkJson(document, node, place);
        return { value: { kind: "json" }, type: { message: jsonType } };
      case "base64":
        return { value: { kind: "base64" }, type: "bytes" };
      case "string":
      case "bool":
      case "double":
      case "int32":
      case "uint32":
      case "int64":
      case "bytes":
        return { value: { kind: kind.kind }, type: kind.kind };
    }
  }
}

function byName<T>(declared: ReadonlyMap<string, T>): T[] {
  return [...declared].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, declaration]) => declaration);
}

/** The properties of an object, in their order. */
export function propertiesOf(document: SchemaDocument, properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): Property[] {
  return Object.entries(properties).map(([name, schema]) => ({ name, schema, isRequired: required.includes(name), document }));
}

/** The names of an enum's values have the name of the enum in front, for they share one space with those of its neighbours. */
function enumOf(name: string, values: readonly string[], place: string): EnumDeclaration {
  const names = values.map((value) => valueName(value));
  const wrong = names.findIndex((one, index) => one === "" || names.indexOf(one) !== index);
  if (wrong >= 0) throw new StageError("invalid_argument", `${place}: ${JSON.stringify(values[wrong])} makes no name for a value of an enum that is its own; rename it, or take a string.`);
  return { name, values: names.map((one) => `${valueName(name)}_${one}`) };
}

function hasContent(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
