/** The messages that tasks give. */
import type { StandardSchema } from "@iftk/core";
import type { Message } from "@bufbuild/protobuf";
import { MessageReader } from "./compile-from-message.js";
import { MessageWriter, type FindMessage } from "./compile-to-message.js";
import { draftOf, type DataModel } from "./data-model.js";
import { readJsonSchema } from "./json-schema.js";
import type { MessageCodec } from "./message-codec.js";
import type { MessageShape } from "./message-shape.js";
import { readKind } from "./read-value.js";

/** A message for the values of a schema. */
export interface ResultShape {
  readonly message: MessageShape;
  /** Whether the value is not an object, and so lies in the one field of its message. */
  readonly isWrapped: boolean;
}

/** The message of what a schema gives: under its id or title, or else the name. What is no object is the field `value` of a message of that name. */
export function readResult(model: DataModel, schema: StandardSchema<unknown>, name: string, place: string): ResultShape {
  const document = readJsonSchema(schema, "output", place);
  const { schema: node, id } = document.root;
  const kind = readKind(node, place);
  if (kind.kind === "message") {
    const message = model.message(document, node, kind.properties, id ?? node.title ?? name, { typeName: name, add: () => {} });
    return { message, isWrapped: false };
  }
  const draft = draftOf(model.nameOf(name));
  const fields = model.fields([{ name: "value", schema: document.schema, isRequired: true, document }], draft);
  model.share(draft);
  return { message: { typeName: draft.typeName, fields }, isWrapped: true };
}

/** The codec of a result. */
export function resultCodec({ message, isWrapped }: ResultShape, find: FindMessage): MessageCodec {
  const desc = find(message.typeName);
  const toMessage = new MessageWriter(find).message(message);
  const fromMessage = new MessageReader(find).message(message);
  if (!isWrapped) return { desc, toMessage, fromMessage };
  return { desc, toMessage: (value) => toMessage({ value }), fromMessage: (sent: Message) => (fromMessage(sent) as { readonly value?: unknown }).value };
}
