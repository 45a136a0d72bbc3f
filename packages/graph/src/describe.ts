/** From stages that were composed in code back to what can be written. */
import { each, explain, pipe, StageError, type AnyStage, type OutputStream } from "@iftk/core";
import { z } from "zod";
import { builtOf } from "./build/described.js";
import type { ElementUse, PipelineDescription, PropertyValue } from "./description.js";
import { originOf, type Origin } from "./origin.js";

/**
 * The written form of a stage: what it was built of, or of a pipe, the elements that it is made of.
 *
 * @throws StageError `failed_precondition` that names the part that cannot be written.
 */
export function describe(stage: AnyStage): PipelineDescription {
  const built = builtOf(stage);
  if (built) return built;
  const counts = new Map<string, number>();
  const elements = originsIn(stage).map((origin): ElementUse => {
    const count = counts.get(origin.element) ?? 0;
    counts.set(origin.element, count + 1);
    const properties = writtenProperties(origin);
    return { name: `${origin.element}${count}`, element: origin.element, ...(Object.keys(properties).length > 0 && { properties }) };
  });
  const links = elements.slice(1).map(({ name }, index) => ({ from: { element: (elements[index] as ElementUse).name }, to: { element: name } }));
  return { version: 1, elements, links };
}

function originsIn(stage: AnyStage): readonly Origin[] {
  const origin = originOf(stage);
  if (origin) return [origin];
  const { parts } = stage;
  if (isPlain(stage, parts, (of) => pipe(...(of as readonly [AnyStage])))) return parts.flatMap((part) => originsIn(part));
  // A written pipeline applies such a stage to each value where a stream comes to it.
  if (parts.length === 1 && isPlain(stage, parts, ([of]) => each(of as OutputStream<never, unknown>) as AnyStage)) return parts.flatMap((part) => originsIn(part));
  const what = parts.length > 0 ? "it is more than the elements in it, such as a stage with interceptors" : "it was not made by an element";
  throw new StageError("failed_precondition", `${stage.label} cannot be written: ${what}`);
}

/** Whether the stage is what the function makes of its parts, with nothing added. */
function isPlain(stage: AnyStage, parts: readonly AnyStage[], compose: (parts: readonly AnyStage[]) => AnyStage): boolean {
  return parts.length > 0 && explainsAs(stage, compose, parts);
}

function explainsAs(stage: AnyStage, compose: (parts: readonly AnyStage[]) => AnyStage, parts: readonly AnyStage[]): boolean {
  try {
    return explain(compose(parts)) === explain(stage);
  } catch {
    return false; // they cannot be composed so
  }
}

function writtenProperties({ element, properties }: Origin): Readonly<Record<string, PropertyValue>> {
  const written: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    const { data, success } = json.safeParse(value);
    if (!success) throw new StageError("failed_precondition", `${element} cannot be written: its property ${name} is no JSON value`);
    written[name] = data;
  }
  return written;
}

const json = z.json();
