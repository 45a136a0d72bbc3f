/** Contexts as stages. */
import { outputStream, type OutputStream } from "@iftk/core";
import type { Backend } from "../backend.js";
import type { Event } from "../decoder/event.js";
import type { Model } from "../model/model.js";
import type { Sampler } from "../sampling/sampler.js";
import { Context } from "./context.js";
import type { EventOptions, GenerationOptions } from "./generation-options.js";

export interface CompletionOptions<In> extends Omit<GenerationOptions, "signal"> {
  readonly model: Model | Backend;
  /** Picks each token; `Sampler.topP()` without it. */
  readonly sampler?: Sampler | undefined;
  /** Puts the input into the context that is made for it; by default it is the text of what the user says. */
  readonly prepare?: ((context: Context, input: In) => void) | undefined;
}

export interface CompletionEventsOptions<In> extends CompletionOptions<In>, Omit<EventOptions, "signal"> {}

/**
 * The stage from an input to what a model goes on with: pieces of text, or events with `decode`.
 *
 * Each run has a context of its own, released when it ends, however it ends; runs that begin alike share what is computed.
 */
export function completion<In = string>(options: CompletionEventsOptions<In>): OutputStream<In, Event>;
export function completion<In = string>(options: CompletionOptions<In>): OutputStream<In, string>;
export function completion<In = string>({ model, sampler, prepare = sayAsUser, ...options }: CompletionOptions<In> | CompletionEventsOptions<In>): OutputStream<In, Event | string> {
  return outputStream(async function* completion(input: In, { signal }) {
    signal.throwIfAborted();
    using context = new Context(model);
    prepare(context, input);
    if ("decode" in options) yield* context.generate(sampler, { ...options, signal });
    else yield* context.generate(sampler, { ...options, signal }).texts();
  });
}

function sayAsUser(context: Context, input: unknown): void {
  context.user(String(input));
}
