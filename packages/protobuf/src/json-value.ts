/** Values of any kind as `google.protobuf.Value`. */
import { StageError } from "@iftk/core";
import { NullValue, type Value } from "@bufbuild/protobuf/wkt";

/** Values within values, beyond which there is likely a cycle; readers of Protocol Buffers take no more than 100 messages. */
const deepest = 48;

/** The message for plain data. What is undefined is left out of objects, and is null in lists. Throws StageError `invalid_argument` for what is no plain data. */
export function toJsonValue(value: unknown, place: string, depth = 0): Value {
  if (depth > deepest) throw new StageError("invalid_argument", `${place}: more than ${deepest} values lie within each other, or they form a cycle.`);
  switch (typeof value) {
    case "string":
      return ofKind({ case: "stringValue", value: checkedText(value, place) });
    case "number":
      if (Number.isFinite(value)) return ofKind({ case: "numberValue", value });
      break;
    case "boolean":
      return ofKind({ case: "boolValue", value });
    case "undefined":
      return ofKind({ case: "nullValue", value: NullValue.NULL_VALUE });
    case "object": {
      if (value === null) return ofKind({ case: "nullValue", value: NullValue.NULL_VALUE });
      if (Array.isArray(value)) return ofKind({ case: "listValue", value: { $typeName: "google.protobuf.ListValue", values: value.map((item) => toJsonValue(item, place, depth + 1)) } });
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) break;
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      const fields = Object.fromEntries(entries.map(([key, item]) => [key, toJsonValue(item, place, depth + 1)]));
      return ofKind({ case: "structValue", value: { $typeName: "google.protobuf.Struct", fields } });
    }
    case "bigint":
    case "function":
    case "symbol":
  }
  throw new StageError("invalid_argument", `${place}: ${typeof value === "number" ? String(value) : Object.prototype.toString.call(value).slice(8, -1)} is no plain data, so it cannot be sent.`);
}

/** The text itself. Throws StageError `invalid_argument` for one that holds half a character, which UTF-8 has no bytes for and would come as another. */
export function checkedText(text: string, place: string): string {
  if (text.isWellFormed()) return text;
  throw new StageError("invalid_argument", `${place}: the text holds half of a character (a lone surrogate), which cannot be sent; cut text between characters.`);
}

/** What the message stands for; undefined for one that says nothing. */
export function fromJsonValue({ kind }: Value): unknown {
  switch (kind.case) {
    case "nullValue":
      return null;
    case "listValue":
      return kind.value.values.map(fromJsonValue);
    case "structValue":
      return Object.fromEntries(Object.entries(kind.value.fields).map(([key, item]) => [key, fromJsonValue(item)]));
    case "stringValue":
    case "numberValue":
    case "boolValue":
    case undefined:
      return kind.value;
  }
}

function ofKind(kind: Value["kind"]): Value {
  return { $typeName: "google.protobuf.Value", kind };
}
