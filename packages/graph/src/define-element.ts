/** Elements as values: called in code, named in what is written. */
import { StageError, type AnyStage } from "@iftk/core";
import type { z } from "zod";
import type { ElementDefinition, ElementSetting, JoinDefinition, LoopDefinition, SinkDefinition, SourceDefinition, SplitDefinition, TransformDefinition } from "./element.js";
import { parseProperties } from "./parse-properties.js";
import { rememberOrigin } from "./origin.js";
import { requireDefinition } from "./require-definition.js";

/** What an element is called with: its properties, left out where none is required, and what it is told of its surroundings. */
export type ElementArguments<Properties extends z.ZodObject> = Record<string, never> extends z.input<Properties>
  ? [properties?: z.input<Properties>, setting?: Partial<ElementSetting>]
  : [properties: z.input<Properties>, setting?: Partial<ElementSetting>];

/** Any element: a function from properties to what its definition creates. */
export interface Element {
  (...given: never): unknown;
  readonly definition: ElementDefinition;
}

/** An element of known properties. */
export interface ElementOf<Properties extends z.ZodObject, Made> extends Element {
  /** @throws StageError `invalid_argument` that names the element and what is wrong with its properties. */
  (...given: ElementArguments<Properties>): Made;
}

type MadeBy<Definition extends { readonly create: (...given: never) => unknown }> = ReturnType<Definition["create"]>;

/**
 * Makes an element of its definition: a function that checks properties and gives what `create` gives of them, for a transform a stage.
 *
 * @throws StageError `invalid_argument` for what is no definition: names that cannot be written, pads that are missing or alike, caps that are none.
 */
export function element<P extends z.ZodObject, Made extends AnyStage>(definition: TransformDefinition<P, Made>): ElementOf<P, Made>;
export function element<P extends z.ZodObject>(definition: SourceDefinition<P>): ElementOf<P, MadeBy<SourceDefinition<P>>>;
export function element<P extends z.ZodObject>(definition: SinkDefinition<P>): ElementOf<P, MadeBy<SinkDefinition<P>>>;
export function element<P extends z.ZodObject>(definition: SplitDefinition<P>): ElementOf<P, MadeBy<SplitDefinition<P>>>;
export function element<P extends z.ZodObject>(definition: JoinDefinition<P>): ElementOf<P, MadeBy<JoinDefinition<P>>>;
export function element<P extends z.ZodObject>(definition: LoopDefinition<P>): ElementOf<P, MadeBy<LoopDefinition<P>>>;
export function element(given: { readonly name: string; readonly properties: z.ZodObject }): Element {
  const definition = given as unknown as ElementDefinition;
  requireDefinition(definition);
  const make = (properties: unknown = {}, setting: Partial<ElementSetting> = {}): unknown => {
    const parsed = parseProperties(definition, properties);
    if ("problems" in parsed) {
      const told = parsed.problems.map(({ property, message }) => (property === undefined ? message : `property ${property}: ${message}`));
      throw new StageError("invalid_argument", `element ${definition.name}: ${told.join("; ")}`);
    }
    return createElement(definition, properties as Readonly<Record<string, unknown>>, parsed.properties, { name: definition.name, report: () => {}, ...setting });
  };
  return Object.assign(make, { definition });
}

/** What the definition creates of properties that were checked; for a stage it is remembered what it was made of. */
export function createElement(definition: ElementDefinition, given: Readonly<Record<string, unknown>>, properties: Record<string, unknown>, setting: ElementSetting): unknown {
  const made = definition.create(properties, setting);
  return definition.kind === "transform" ? rememberOrigin(made as AnyStage, { element: definition.name, properties: given }) : made;
}
