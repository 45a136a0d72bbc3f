/** Calls that are held to the tools there are and to their schemas. */
import { StageError } from "@iftk/core";
import type { ChatRequest } from "@iftk/inference";
import { callPrefix, type Format } from "@iftk/inferlet";
import type { Matcher } from "@iftk/inferlet/grammar";
import type { JsonConstraint } from "./json-constraint.js";
import { argumentsSchema, callsSchema } from "./tool-schema.js";

/** Where a call goes on: text that is written for the model, and what it is held to from there. */
export interface HeldCall {
  readonly text: string;
  readonly matcher: Matcher;
}

/** How the calls of a reply are held. */
export interface CallHold {
  /** The call that is demanded; its text begins the reply. */
  readonly demanded?: HeldCall | undefined;
  /** A later call; undefined for what is written after its mark where that is none that can be held. */
  readonly begun: (written: string) => HeldCall | undefined;
  /** The mark before a call, `""` where a reply begins with one; undefined where later calls are not held. */
  readonly mark: string | undefined;
}

/** How a format writes the JSON of a call. */
type CallForm = { readonly type: "object"; readonly name: string; readonly arguments: string } | { readonly type: "arguments" };

const sample = { name: "NAME", arguments: { KEY: "VALUE" } };

/**
 * How the calls of a request are held: those that are demanded, and all where a tool is strict; undefined where none is.
 *
 * @throws StageError `invalid_argument` for a strict tool's schema that cannot be held, with its place; `unimplemented`, reason
 * `option`, for strict tools where the format's calls cannot be held.
 */
export function callHold({ tools = [], toolChoice = "auto" }: ChatRequest, format: Format, json: JsonConstraint): CallHold | undefined {
  const isDemanded = toolChoice !== "auto";
  if (tools.length === 0 || toolChoice === "none" || (!isDemanded && !tools.some(({ strict }) => strict))) return undefined;
  const able = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.name) : tools;
  const form = formOf(format);
  const [only] = able;
  if (form?.type === "object" || (form?.type === "arguments" && isDemanded && able.length === 1)) {
    const held = able.map((tool) => ({ name: tool.name, schema: argumentsSchema(tool, `tools[${tools.indexOf(tool)}]`, (schema) => void json.grammarOf(schema)) }));
    const hold = form.type === "arguments" ? argumentsHold(held, format, json) : objectHold(held, format, form, json, { name: typeof toolChoice === "object" ? only?.name : undefined, isDemanded });
    if (hold !== undefined) return hold;
  }
  const strict = tools.findIndex((tool) => tool.strict && able.includes(tool));
  if (strict < 0) return undefined;
  const way = form === undefined ? "" : "; name a single tool as toolChoice, then it can be";
  throw new StageError("unimplemented", `llama: tools[${strict}].strict: a call in the format ${format.name} cannot be held to a schema${way}; leave it out`, { reason: "option" });
}

interface HeldTool {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** A call that is JSON as a whole; undefined where the format writes that JSON in a way of its own. */
function objectHold(tools: readonly HeldTool[], format: Format, keys: CallForm & { type: "object" }, json: JsonConstraint, { name, isDemanded }: { readonly name: string | undefined; readonly isDemanded: boolean }): CallHold | undefined {
  const start = json.matcherOf(callsSchema(tools, keys));
  const after = (text: string): Matcher | undefined => {
    const matcher = start.fork();
    return matcher.acceptBytes(new TextEncoder().encode(text)) ? matcher : undefined;
  };
  const jsonOf = (text: string): string => text.slice(text.indexOf("{"));
  const prefix = callPrefix(format);
  const text = callPrefix(format, name);
  const demanded = after(jsonOf(text));
  if (demanded === undefined) return undefined;
  const mark = format.markers.find((marker) => prefix.startsWith(marker)) ?? "";
  const head = prefix.slice(mark.length);
  return {
    demanded: isDemanded ? { text, matcher: demanded } : undefined,
    mark,
    begun(written) {
      const said = written.trimStart();
      // Without a mark, JSON is a call once it names a tool.
      if (mark === "" && !said.startsWith(head)) return undefined;
      const missing = head.startsWith(written) ? head.slice(written.length) : said === "" ? jsonOf(head) : "";
      const matcher = after(missing === "" ? said : jsonOf(head));
      return matcher && { text: missing, matcher };
    },
  };
}

/** The call of one tool whose arguments alone are JSON. */
function argumentsHold([tool]: readonly HeldTool[], format: Format, json: JsonConstraint): CallHold | undefined {
  if (tool === undefined) return undefined;
  const written = format.writeCalls?.([{ name: tool.name, arguments: {} }]) ?? "";
  return { demanded: { text: written.slice(0, written.lastIndexOf("{}")), matcher: json.matcherOf(tool.schema) }, begun: () => undefined, mark: undefined };
}

/** Undefined for a format whose calls are no JSON. */
function formOf(format: Format): CallForm | undefined {
  const written = format.writeCalls?.([sample]) ?? "";
  let call: unknown;
  try {
    call = JSON.parse(written.slice(written.indexOf("{"), written.lastIndexOf("}") + 1));
  } catch {
    return undefined;
  }
  const members = Object.entries(call as object);
  const [first, second] = members;
  if (members.length === 1 && first?.[0] === "KEY") return { type: "arguments" };
  const isCall = members.length === 2 && first?.[1] === sample.name && JSON.stringify(second?.[1]) === JSON.stringify(sample.arguments);
  return isCall ? { type: "object", name: first[0], arguments: (second as [string, unknown])[0] } : undefined;
}
