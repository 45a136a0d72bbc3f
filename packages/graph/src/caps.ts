/** What flows through a pad. */
import { StageError } from "@iftk/core";
import { printText } from "./launch/print-value.js";

/** A parameter of caps. */
export type CapsValue = string | number | boolean;

/** A kind of values, as a media type with parameters: `audio/pcm` with `rate` 16000. `*` stands for any part of it. */
export interface Caps {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, CapsValue>>;
}

/** The kinds that the elements of this library speak. */
export const caps = {
  any: { type: "*/*" },
  /** Strings, which are pieces of a text. */
  text: { type: "text/plain" },
  /** Any JSON value. */
  json: { type: "application/json" },
  bytes: { type: "application/octet-stream" },
  chatRequest: { type: "iftk/chat-request" },
  part: { type: "iftk/part" },
  mediaPart: { type: "iftk/media-part" },
} as const satisfies Readonly<Record<string, Caps>>;

/** What is read back as the same text without quotes. */
const bareText = /^(?!(?:true|false|null)$)(?![-\d.]+(?:e|$))[\w.+:/*-]+$/i;

/** Caps that are written as text: `audio/pcm,rate=16000`, in the order of their names, texts in quotes where they must be. */
export function formatCaps({ type, parameters = {} }: Caps): string {
  const printed = (value: CapsValue): string => (typeof value === "string" && !bareText.test(value) ? printText(value) : String(value));
  return [type, ...Object.keys(parameters).sort().map((name) => `${name}=${printed(parameters[name] as CapsValue)}`)].join(",");
}

/** What both allow; undefined when they have nothing in common. A parameter that only one of them names is kept. */
export function commonCaps(one: Caps, other: Caps): Caps | undefined {
  const type = commonType(one.type, other.type);
  if (type === undefined) return undefined;
  const parameters = { ...one.parameters };
  for (const [name, value] of Object.entries(other.parameters ?? {})) {
    if (Object.hasOwn(parameters, name) && parameters[name] !== value) return undefined;
    Object.defineProperty(parameters, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return Object.keys(parameters).length === 0 ? { type } : { type, parameters };
}

function commonType(one: string, other: string): string | undefined {
  const parts = [typeParts(one), typeParts(other)] as const;
  const common = [0, 1].map((index) => {
    const [left, right] = [parts[0][index] as string, parts[1][index] as string];
    return left === "*" ? right : right === "*" || left === right ? left : undefined;
  });
  return common.includes(undefined) ? undefined : common.join("/");
}

function typeParts(type: string): readonly [string, string] {
  const [kind = "", subtype = "", ...others] = type.split("/");
  if (kind !== "" && subtype !== "" && others.length === 0) return [kind, subtype];
  throw new StageError("invalid_argument", `caps: ${JSON.stringify(type)} is no type; expected kind/subtype, as text/plain`);
}
