/** Caps as text, read back. */
import type { Caps, CapsValue } from "../caps.js";

const type = /^(?:\*|[\w.+-]+)\/(?:\*|[\w.+-]+)$/u;
const parameter = /^([\w.-]+)=(.*)$/su;

/** The caps that `formatCaps` writes so, or what is wrong with the text. */
export function parseCaps(text: string): Caps | { readonly message: string } {
  const [kind = "", ...rest] = text.split(",").map((part) => part.trim());
  if (!type.test(kind)) return { message: `${JSON.stringify(kind)} is no type of caps; expected kind/subtype, as in audio/pcm,rate=16000` };
  const parameters = new Map<string, CapsValue>();
  for (const part of rest) {
    const [, name, value] = parameter.exec(part) ?? [];
    if (name === undefined || value === undefined) return { message: `${JSON.stringify(part)} is no parameter of caps; expected name=value, as in audio/pcm,rate=16000` };
    if (parameters.has(name)) return { message: `the caps give ${name} twice` };
    parameters.set(name, valueOf(value));
  }
  return { type: kind, ...(parameters.size > 0 && { parameters: Object.fromEntries(parameters) }) };
}

function valueOf(text: string): CapsValue {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(?:\.\d+)?$/u.test(text) ? Number(text) : text;
}
