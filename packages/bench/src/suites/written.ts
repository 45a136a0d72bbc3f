/** Pipelines that are written down beside the same ones composed in code: CPU time. */
import { bidi, filter, flatMap, forEach, fork, from, fromBatches, map, merge, pipe, scan, type Bidi, type Call, type Stream } from "@iftk/core";
import { build, caps, createRegistry, element, parseLaunch, type BuiltPipeline } from "@iftk/graph";
import { z } from "zod";
import type { WrittenCost } from "../report.js";
import { measureRounds, medianOf, ratioOf, type Case, type Effort, type Runner } from "../rounds.js";
import { sourceKinds, supply, type Source, type SourceKind } from "../workload/sources.js";
import { expectedSum, seed } from "../workload/steps.js";
import { advance, isWord, makeTokens, pieces, translated, unspaced, weigh } from "../workload/tokens.js";

export interface WrittenRequest extends Effort {
  /** Tokens of a run. */
  readonly tokens: number;
}

type Texts = Stream<string>;
type TextStage = Bidi<string, string>;

const properties = z.strictObject({});
const pads = { in: { name: "in", caps: caps.text }, out: { name: "out", caps: caps.text } } as const;

function transform(name: string, create: () => TextStage) {
  return element({ kind: "transform", name, description: "A step of the workload.", properties, ...pads, create });
}

const unspace = transform("unspace", () => map(unspaced));
const words = transform("words", () => filter(isWord));
const state = transform("state", () => scan(advance, seed));
const split = transform("pieces", () => flatMap(pieces));
const translate = transform("translate", () => map(translated));
const tee = element({ kind: "split", name: "tee", description: "Every value for each branch.", properties, in: pads.in, out: { ...pads.out, isRequested: true }, create: () => (input, { length }) => fork(length)(input) });
const join = element({ kind: "join", name: "join", description: "The values of all as they come.", properties, in: { ...pads.in, isRequested: true }, out: pads.out, create: () => (inputs) => merge(...inputs) });
const registry = createRegistry([unspace, words, state, split, translate, tee, join]);

/** A pipeline in both forms. */
interface Both {
  readonly name: string;
  readonly inCode: (input: Texts) => Texts;
  readonly line: string;
  readonly expected: (tokens: readonly string[]) => Promise<number>;
}

const beforeTee = unspace();
const firstBranch = words();
const secondBranch = state();
const afterJoin = translate();

const pipelines: readonly Both[] = [
  {
    name: "five stages",
    inCode: pipe(unspace(), words(), state(), split(), translate()),
    line: "unspace ! words ! state ! pieces ! translate",
    expected: (tokens) => expectedSum(tokens, 5),
  },
  {
    name: "a tee and a join",
    inCode: bidi(function teeAndJoin(input: Texts, call: Call) {
      const [one, other] = fork(2)(beforeTee(input, call));
      return afterJoin(merge(firstBranch(one, call), secondBranch(other, call)), call);
    }),
    line: "unspace ! tee name=t  t. ! words ! join name=j  t. ! state ! j.  j. ! translate",
    async expected(tokens) {
      let last = seed;
      const clean = tokens.map(unspaced);
      return [...clean.filter(isWord), ...clean.map((token) => (last = advance(last, token)))].reduce((sum, token) => sum + weigh(translated(token)), 0);
    },
  },
];

const ways = {
  "as a stage": ({ stage }: BuiltPipeline) => stage as TextStage,
  "as a run": ({ start }: BuiltPipeline) => (input: Texts) => start(input).output as Texts,
} as const;

function streamOf(source: Source): Texts {
  if (source.kind === "A") return source.tokens;
  return source.kind === "C" ? fromBatches(source.batches) : from(source.tokens);
}

async function weightOf(stream: Texts): Promise<number> {
  let sum = 0;
  await forEach(stream, (token) => {
    sum += weigh(token);
  });
  return sum;
}

/** Measures all pipelines over all kinds of source in one process; the one in code is the base. */
export async function measureWritten({ tokens: count, ...effort }: WrittenRequest): Promise<readonly WrittenCost[]> {
  const tokens = makeTokens(count);
  const given = supply(tokens);
  const inCode = "in code";
  const plans: { readonly pipeline: string; readonly source: SourceKind; readonly measured: Case }[] = [];
  for (const { name, inCode: code, line, expected } of pipelines) {
    const description = parseLaunch(line, { registry });
    const built = build(description, registry);
    const watched = build(description, registry, { live: true });
    const forms: readonly (readonly [string, (input: Texts) => Texts])[] = [
      [inCode, code],
      ...Object.entries(ways).map(([way, form]) => [way, form(built)] as const),
      ["as a run that is watched", ways["as a run"](watched)],
    ];
    const sum = await expected(tokens);
    for (const source of sourceKinds) {
      const runners = forms.map(([way, form]): Runner => ({ name: way, run: async () => ({ items: count, expected: sum, sum: await weightOf(form(streamOf(given.open(source)))) }) }));
      plans.push({ pipeline: name, source, measured: { name: `${name} ${source}`, runners, most: count } });
    }
  }
  const times = await measureRounds(plans.map(({ measured }) => measured), effort);
  return plans.flatMap(({ pipeline, source, measured }, index) =>
    measured.runners.map(({ name: way }): WrittenCost => {
      const found = times[index] ?? new Map<string, readonly number[]>();
      return { pipeline, source, way, nsPerItem: medianOf(found, way), vsCode: ratioOf(found, way, inCode) };
    }),
  );
}
