/** What stands between the mark of a call and its JSON. */
import type { CallSyntax } from "./format.js";

/** What the head of a call says: nothing yet, that there is no call, or what comes. */
export type CallHead =
  | "open"
  | "none"
  | {
      readonly isList: boolean;
      readonly name: string | undefined;
      /** Whether a fence stands around the JSON. */
      readonly isFenced: boolean;
      /** The JSON, as far as it has come; of a list what follows its bracket. */
      readonly rest: string;
    };

export const fence = "```";
export const longestHead = 256;

/** The fence that some models put around JSON, and its beginning. */
const wholeFence = /^\s*```(?:json)?\s*$/u;
const openFence = /^\s*(?:`{1,2}|```(?:j|js|jso|json)?\s*)$/u;

/** Reads the head: JSON must come within a few words of the mark. */
export function readHead(head: string, { forms, nameOf }: CallSyntax): CallHead {
  const first = head.search(/\S/u);
  const isFence = first >= 0 && head.startsWith("`", first);
  const isAtOnce = first >= 0 && (/[{[]/u.test(head.charAt(first)) || (!nameOf && !isFence));
  const start = isAtOnce ? first : isFence ? head.search(/[{[]/u) : head.indexOf("{");
  const before = start < 0 ? head : head.slice(0, start);
  if (before.length > longestHead) return "none";
  if (start < 0) return isFence && !openFence.test(before) ? "none" : "open";
  if (isFence && !wholeFence.test(before)) return "none";
  const rest = head.slice(start);
  const isFenced = before.includes(fence);
  const header = isFence ? "" : before.trim();
  if (header === "" && rest.startsWith("[") && forms.includes("list")) return { isList: true, name: undefined, isFenced, rest: rest.slice(1) };
  const name = header === "" ? undefined : nameOf?.(header);
  if (!rest.startsWith("{") || (header === "" ? !forms.includes("object") : !name)) return "none";
  return { isList: false, name, isFenced, rest };
}
