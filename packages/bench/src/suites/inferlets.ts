/** What generating token by token costs over the bare loop, on one model: wall time. */
import { generate, Sampler } from "@iftk/inferlet";
import { Grammar, Matcher, TokenTable } from "@iftk/inferlet/grammar";
import { openLlama } from "@iftk/llama";
import { median } from "../measure.js";
import type { InferletCost, InferletFigure } from "../report.js";
import { measureForks, measureTogether } from "./inferlets-sequences.js";
import { boundWays, freeWays, type OpenStart, type Start, type Walker, type Way } from "./inferlets-ways.js";

/** How much is measured of one model. */
export interface InferletsEffort {
  /** Times that every way begins anew; the first that is measured comes after one to warm up. */
  readonly laps: number;
  /** Tokens of a lap. */
  readonly tokens: number;
  /** Tokens that a way goes before the next one has its turn. */
  readonly slice: number;
  /** Rounds for forks and for generations at once. */
  readonly rounds: number;
}

export interface InferletsRequest extends InferletsEffort {
  /** The model as the report names it. */
  readonly model: string;
  readonly modelPath: string;
}

export interface InferletsResult {
  readonly costs: readonly InferletCost[];
  readonly figures: readonly InferletFigure[];
}

type Figure = Omit<InferletFigure, "model">;

const contextSize = 1024;
const prompt = "<|im_start|>user\nTell me a story about a fox.<|im_end|>\n<|im_start|>assistant\n";

const label = { type: "string", minLength: 8, maxLength: 24 } as const;
const schema = {
  type: "object",
  properties: {
    title: label,
    isPublished: { type: "boolean" },
    chapters: {
      type: "array",
      minItems: 12,
      maxItems: 16,
      items: {
        type: "object",
        properties: {
          heading: label,
          kind: { enum: ["story", "letter", "song"] },
          pages: { type: "integer", minimum: 1, maximum: 400 },
          author: { type: "object", properties: { name: label, born: { type: ["integer", "null"] } }, required: ["name", "born"] },
        },
        required: ["heading", "kind", "pages", "author"],
      },
    },
  },
  required: ["title", "isPublished", "chapters"],
};
const newGrammar = (): Grammar => Grammar.fromJsonSchema(schema, { strict: true });

/** Measures the ways in turns, forks, generations at once, and masks of a grammar. */
export async function measureInferlets({ model, modelPath, ...effort }: InferletsRequest): Promise<InferletsResult> {
  const openStart: OpenStart = async () => {
    const backend = await openLlama({ modelPath, contextSize, cells: contextSize });
    const prefix = backend.openSequence();
    const input = backend.tokenize(prompt, { special: true });
    await prefix.forward(input.subarray(0, -1));
    return { backend, prefix, last: input.at(-1) as number, prompt: input, seed: 0 };
  };
  const start = await openStart();
  try {
    return await measureModel(model, start, openStart, effort);
  } finally {
    await start.backend.close();
  }
}

async function measureModel(model: string, start: Start, openStart: OpenStart, { laps, tokens, slice, rounds }: InferletsEffort): Promise<InferletsResult> {
  const before = performance.now();
  const table = TokenTable.of(start.backend);
  const made: Figure = { name: "tree of the vocabulary", value: performance.now() - before, unit: "ms" };

  const costs = await measureWays([...freeWays, ...boundWays(table, newGrammar)], openStart, { laps, tokens, slice });
  const figures = [...(await measureForks(start.backend, rounds)), ...(await measureTogether(start, rounds, slice)), made, ...(await measureMasks(table, start, tokens))];
  return { costs: costs.map((cost) => ({ model, ...cost })), figures: figures.map((figure) => ({ model, ...figure })) };
}

/**
 * All ways go the same distance in small steps by turns, so that whatever else the machine does meets all of them.
 *
 * Each has a backend of its own: a pass takes the longer the more cells the context holds, whoever's they are.
 * A lap opens new ones: where the memory of a backend lies makes it faster or slower by a few percent.
 */
async function measureWays(ways: readonly Way[], openStart: OpenStart, { laps, tokens, slice }: Omit<InferletsEffort, "rounds">): Promise<Omit<InferletCost, "model">[]> {
  const times = ways.map((): number[] => []);
  let turn = 0;
  for (let lap = -1; lap < laps; lap++) {
    const starts: Start[] = [];
    for (const _ of ways) starts.push({ ...(await openStart()), seed: lap + 1 });
    const walkers: readonly Walker[] = ways.map(({ begin }, index) => begin(starts[index] as Start));
    for (let at = 0; at < tokens; at += slice) {
      turn++;
      for (const index of ways.keys()) {
        const own = (index + turn) % ways.length;
        const begun = performance.now();
        const walked = await (walkers[own] as Walker).walk(slice);
        const each = ((performance.now() - begun) * 1000) / walked;
        if (lap >= 0) times[own]?.push(each);
      }
    }
    for (const walker of walkers) await walker.close();
    for (const { backend } of starts) await backend.close();
  }
  const base = times[0] as number[];
  return ways.map(({ name }, index) => {
    const own = times[index] as number[];
    return { way: name, microseconds: median(own), ratio: median(own.map((time, round) => time / (base[round] as number))) };
  });
}

/** What it takes to find the tokens that a grammar allows and to follow the one that comes, along one text. */
async function measureMasks(table: TokenTable, start: Start, tokens: number): Promise<readonly Figure[]> {
  const begun = performance.now();
  const grammar = newGrammar();
  const compiled = performance.now() - begun;
  const text = await tokensOfText(start, grammar, table, tokens);
  const mask = new Uint32Array(Math.ceil(table.size / 32));
  const follow = (fresh: Grammar): number => {
    const matcher = new Matcher(fresh, table);
    const from = performance.now();
    for (const token of text) {
      matcher.mask(mask);
      matcher.accept(token);
    }
    return ((performance.now() - from) * 1000) / text.length;
  };
  const first = median(Array.from({ length: 5 }, () => follow(newGrammar())));
  const later = median(Array.from({ length: 20 }, () => follow(grammar)));
  return [
    { name: "grammar of the schema", value: compiled, unit: "ms" },
    { name: "mask and accept, the first text of a grammar", value: first, unit: "us/token" },
    { name: "mask and accept, a later text", value: later, unit: "us/token" },
  ];
}

async function tokensOfText({ backend, prefix, last }: Start, grammar: Grammar, table: TokenTable, most: number): Promise<readonly number[]> {
  const sequence = prefix.fork();
  const tokens: number[] = [];
  for await (const token of generate(backend, sequence, [last], { sampler: Sampler.greedy(), constrain: [new Matcher(grammar, table)], maxTokens: most })) tokens.push(token);
  sequence.release();
  return tokens;
}
