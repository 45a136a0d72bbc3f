/** What a pipeline is given from outside. */
import { from, map, pipe, type Bidi, type Stream } from "@iftk/core";
import { build, caps, commonCaps, formatCaps, parseLaunch, type Caps, type Registry } from "@iftk/graph";
import { usageError } from "./exit-code.js";
import type { Host } from "./host.js";
import type { InputForm } from "./input-form.js";

/** Each form as a pipeline over bytes; bytes themselves need none. */
const fronts: Readonly<Record<InputForm, readonly string[]>> = {
  text: ["decode invalid=replace"],
  lines: ["decode invalid=replace", "lines"],
  jsonl: ["decode", "from-jsonl"],
  bytes: [],
};

export interface RunInputOptions {
  /** The whole input; without it stdin is read. */
  readonly input?: string | undefined;
  readonly form?: InputForm | undefined;
}

/**
 * The stream that a pipeline whose free input takes `taken` is given. Text becomes what it takes where the registry has a conversion.
 *
 * @throws StageError `invalid_argument`, reason `usage`, for a form that it cannot take.
 */
export function runInput(taken: Caps, { input, form }: RunInputOptions, registry: Registry, { stdin }: Pick<Host, "stdin">): Stream<unknown> {
  const chosen = form ?? usualForm(taken, registry);
  const line = [...fronts[chosen], ...conversion(taken, chosen, registry)].join(" ! ");
  const bytes: Stream<unknown> = from<unknown>(input === undefined ? stdin : [Buffer.from(input)]);
  return line === "" ? bytes : pipe(build(parseLaunch(line), registry).stage as Bidi<unknown, unknown>, pass)(bytes);
}

/** Makes a stream of whatever a stage gives. */
const pass = map((value: unknown) => value);

function usualForm(taken: Caps, registry: Registry): InputForm {
  if (commonCaps(caps.text, taken)) return "text";
  if (commonCaps(caps.bytes, taken)) return "bytes";
  return conversionOfText(taken, registry) === undefined ? "jsonl" : "text";
}

function conversion(taken: Caps, form: InputForm, registry: Registry): readonly string[] {
  if (form === "jsonl" || commonCaps(form === "bytes" ? caps.bytes : caps.text, taken)) return [];
  const name = form === "text" ? conversionOfText(taken, registry) : undefined;
  if (name !== undefined) return [name];
  throw usageError(`the pipeline takes ${formatCaps(taken)}, which ${form} does not give; choose another --input-form, or begin it with an element that takes ${form}`);
}

/** The name of the element that makes what is taken out of text; undefined when there is none. */
export function conversionOfText(taken: Caps, registry: Registry): string | undefined {
  const found = registry.elements().find(({ definition }) => definition.kind === "transform" && definition.isConversion === true && commonCaps(caps.text, definition.in.caps) && commonCaps(definition.out.caps, taken));
  return found?.definition.name;
}
