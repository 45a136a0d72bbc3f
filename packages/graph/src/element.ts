/** Elements: what pipelines that are written down are made of. */
import type { AnyStage, Bidi, Call, Stream } from "@iftk/core";
import type { z } from "zod";
import type { Caps } from "./caps.js";

/** A pad of an element. */
export interface Pad {
  readonly name: string;
  readonly caps: Caps;
  readonly description?: string;
}

/** Pads that are made as links ask for them: `out` gives `out0`, `out1`, or any name that a link names. */
export interface PadTemplate extends Pad {
  readonly isRequested: true;
  /** How many there may be; 64 without it. */
  readonly most?: number;
}

/** What an element is told of its surroundings. */
export interface ElementSetting {
  /** Name of this use of it, for messages. */
  readonly name: string;
  /** Reports how far long work has come, a warning, or anything else worth knowing. */
  readonly report: (message: ElementReport) => void;
}

export type ElementReport = { readonly type: "progress"; readonly status: string; readonly fraction?: number } | { readonly type: "warning"; readonly message: string };

/** What every definition has. */
interface Definition<Properties extends z.ZodObject> {
  /** Letters, digits and `-`, as it is written in a launch line. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly description: string;
  /** Each with a description by `.describe`; no secret is among them. */
  readonly properties: Properties;
  /** Properties that may change while it runs: the object that `create` was given then holds the new value, so these are read from it where they are used. */
  readonly changeable?: readonly (keyof z.infer<Properties> & string)[];
  /**
   * Makes ready what a run needs before anything flows, such as a model that is loaded; what it gives is called when the run is over.
   *
   * Runs of a built pipeline and of its stage call it: a stage that the element makes in code does without.
   */
  readonly start?: (properties: z.infer<Properties>, setting: ElementSetting, call: Pick<Call, "signal">) => Promise<Stop | undefined>;
}

/** Gives back what was made ready. */
export type Stop = () => Promise<void> | void;

/** Gives values of its own. */
export interface SourceDefinition<Properties extends z.ZodObject> extends Definition<Properties> {
  readonly kind: "source";
  readonly out: Pad;
  readonly create: (properties: z.infer<Properties>, setting: ElementSetting) => (call: Call) => Stream<unknown>;
}

/** Turns values into others: a stage. One that has any caps on both pads gives values as it takes them: what is known of their caps is known after it. */
export interface TransformDefinition<Properties extends z.ZodObject, Made extends AnyStage = AnyStage> extends Definition<Properties> {
  readonly kind: "transform";
  readonly in: Pad;
  readonly out: Pad;
  /**
   * Whether it is put in between pads that have nothing else in common. It then does without given properties, or takes
   * those that are named like a parameter of the caps that are wanted after it, such as `rate`.
   */
  readonly isConversion?: boolean;
  /** Whether it gives one value for each that it takes: side by side with others of a split it then keeps in step with them. */
  readonly isOneForOne?: (properties: z.infer<Properties>) => boolean;
  /** Marks a queue. Gives how many values may wait in it before it drops some or fails; undefined where its source has to wait instead. */
  readonly dropsBeyond?: (properties: z.infer<Properties>) => number | undefined;
  readonly create: (properties: z.infer<Properties>, setting: ElementSetting) => Made;
}

/** Takes values and gives none: resolves when all are taken. */
export interface SinkDefinition<Properties extends z.ZodObject> extends Definition<Properties> {
  readonly kind: "sink";
  readonly in: Pad;
  readonly create: (properties: z.infer<Properties>, setting: ElementSetting) => (input: Stream<unknown>, call: Call) => Promise<void>;
}

/** Gives values to several: the branches are in the order of the pads. */
export interface SplitDefinition<Properties extends z.ZodObject> extends Definition<Properties> {
  readonly kind: "split";
  readonly in: Pad;
  readonly out: PadTemplate | readonly Pad[];
  /** Whether the others go on when what follows one of the branches fails; without it one failure ends all. */
  readonly isolates?: (properties: z.infer<Properties>) => boolean;
  /** Says that every branch is given every value. Gives how many may wait for a branch before it drops some or fails; undefined where the others have to wait instead. */
  readonly dropsBeyond?: (properties: z.infer<Properties>) => number | undefined;
  readonly create: (properties: z.infer<Properties>, setting: ElementSetting) => (input: Stream<unknown>, pads: readonly string[], call: Call) => readonly Stream<unknown>[];
}

/** Takes values of several: the inputs are in the order of the pads. */
export interface JoinDefinition<Properties extends z.ZodObject> extends Definition<Properties> {
  readonly kind: "join";
  readonly in: PadTemplate | readonly Pad[];
  readonly out: Pad;
  /** How it takes of its inputs: as values come, without it; one of each; or all of one before the next. */
  readonly takes?: "as-they-come" | "in-step" | "in-turn";
  readonly create: (properties: z.infer<Properties>, setting: ElementSetting) => (inputs: readonly Stream<unknown>[], pads: readonly string[], call: Call) => Stream<unknown>;
}

/**
 * Gives what it takes to the elements between its pads `body` and `back`, and what comes of it again, as often as it allows.
 *
 * It is the only element that may be linked back into. `in` are the pads of its input and of the way back, `out` those of its output and
 * of the way into the body. What it makes is given the body as one stage, and runs it anew for each turn: `loop` is such a function.
 */
export interface LoopDefinition<Properties extends z.ZodObject> extends Definition<Properties> {
  readonly kind: "loop";
  readonly in: readonly [input: Pad, back: Pad];
  readonly out: readonly [output: Pad, body: Pad];
  readonly create: (properties: z.infer<Properties>, setting: ElementSetting) => (body: Bidi<unknown, unknown>) => AnyStage;
}

export type ElementKind = ElementDefinition["kind"];

export type ElementDefinition<Properties extends z.ZodObject = z.ZodObject> = SourceDefinition<Properties> | TransformDefinition<Properties> | SinkDefinition<Properties> | SplitDefinition<Properties> | JoinDefinition<Properties> | LoopDefinition<Properties>;
