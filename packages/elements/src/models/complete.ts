/** Local models, steered token by token. */
import { each, outputStream, StageError } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { defined } from "@iftk/inference";
import { completion, Sampler, type Backend, type Context } from "@iftk/inferlet";
import { Grammar } from "@iftk/inferlet/grammar";
import { z } from "zod";
import { modelProperty, requestProperties } from "../chat/chat.js";

export interface BackendOptions {
  /** From the name of a local model to what opens it, once or each time; throws for a model that there is not. Without it `complete` says so. */
  readonly backends?: ((model: string) => () => Backend | Promise<Backend>) | undefined;
  /** The model where a pipeline names none; `tiny` by default. */
  readonly model?: string | undefined;
}

const source = z.string().min(1).max(100_000).optional();

/** The element that has a local model go on with texts, held to a grammar. */
export const completeElement = ({ backends, model }: BackendOptions) => element({
  kind: "transform",
  name: "complete",
  description: "Has a local model answer each text, or go on with it, and gives what it says as it comes; a grammar, a regular expression or a JSON Schema holds it to what fits, token by token.",
  properties: z.strictObject({
    model: modelProperty(model),
    as: z.enum(["turn", "text"]).default("turn").describe("turn has the model answer the text as a user's turn; text has it go on with it."),
    grammar: source.describe('What may be said, in EBNF, such as root ::= "yes" | "no".'),
    regex: source.describe("What may be said as a regular expression; it is made an automaton, which takes no time of its own."),
    schema: z.record(z.string(), z.unknown()).optional().describe("JSON Schema of what may be said."),
    maxTokens: z.int().min(1).max(1_000_000).default(256).describe("Tokens to generate at most."),
    temperature: z.number().min(0).max(2).default(0.6).describe("0 picks the likeliest token, 1 samples the model's own distribution."),
    topP: z.number().gt(0).max(1).default(0.95).describe("Samples from the likeliest tokens whose probabilities add up to this."),
    seed: requestProperties.seed,
    stop: requestProperties.stop,
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create({ model, as, grammar, regex, schema, temperature, topP, ...options }) {
    if (!backends) throw new StageError("failed_precondition", "complete: this program has no local models", { reason: "capability" });
    if ([grammar, regex, schema].filter((one) => one !== undefined).length > 1) throw new StageError("invalid_argument", "complete: grammar, regex and schema exclude each other; give one of them");
    const open = backends(model);
    const constrain = grammar !== undefined ? Grammar.fromEbnf(grammar) : regex !== undefined ? Grammar.fromRegex(regex) : schema && Grammar.fromJsonSchema(schema);
    const prepare = (context: Context, text: string): void => void (as === "text" ? context.fill(text) : context.user(text));
    return each(outputStream(async function* complete(text: string, call): AsyncGenerator<string, void, undefined> {
      yield* completion({ model: await open(), sampler: Sampler.topP(temperature, topP), prepare, ...defined({ ...options, constrain }) })(text, call);
    }));
  },
});
