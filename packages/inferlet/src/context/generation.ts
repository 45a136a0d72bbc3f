/** Tokens that a context goes on with. */
import { generate } from "../generate.js";
import type { Model } from "../model/model.js";
import type { Sampler } from "../sampling/sampler.js";
import type { ContextTokens } from "./context-tokens.js";
import { type GenerationOptions, tokenOptions } from "./generation-options.js";
import type { TokenGeneration } from "./token-stream.js";

/** Generates from what is held, and appends each token to it before it is yielded; `end` is called at the end, however that comes. */
export async function* generation(model: Model, held: ContextTokens, sampler: Sampler, options: GenerationOptions, end: () => void): TokenGeneration {
  try {
    held.checkSize();
    const sequence = held.sequence(options.adapters);
    // The last token is computed anew where a pass by hand has computed it already.
    if (sequence.length >= held.length) sequence.trim(held.length - 1);
    const { length } = sequence;
    const tokens = generate(model.backend, sequence, held.all.slice(length), { ...tokenOptions(model, options), sampler, history: held.all.slice(0, length) });
    try {
      for (;;) {
        const { done, value } = await tokens.next();
        if (done) return value;
        held.push(value);
        yield value;
      }
    } finally {
      await tokens.return({ type: "max-tokens" });
    }
  } finally {
    end();
  }
}
