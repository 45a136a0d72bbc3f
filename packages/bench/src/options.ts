/** What the command is told. */
import { parseArgs } from "node:util";
import { suiteNames, type SuiteName } from "./suites.js";

export const help = `Usage: npm run bench -- [SUITE ...] [--quick] [--json] [--save] [--rounds N] [--model FILE]

Suites; all of them when none is named:
  pipelines   one to ten stages over three kinds of source, against a loop by hand and every peer
  alone       five and ten stages again, each pipeline in a process of its own
  fork        one source for ten branches
  merge       a hundred sources as one stream
  many        10,000 pipelines at once on timers, CPU
  memory      heap of open, idle pipelines
  abort       from the caller's abort to the source closed
  sizes       bundles for browsers
  generation  the way from the model to a client over the bare loop of decode and argmax
  serving     tokens as server-sent events to 1,000 clients, CPU and heap of the server
  wires       a message over HTTP, WebSocket and gRPC beside node:http, ws and connect-node, CPU of the server
  written     pipelines that are written down beside the same ones in code
  json        a JSON text in pieces of four characters as partial values, beside the AI SDK
  parsing     a recorded chat stream through the engine, beside the official SDK
  inferlets   generation token by token over the bare loop, forks, sequences at once, a million tokens

Other commands:
  picture     writes docs/bench.svg and the table in README.md from docs/bench.json
  laws        puts the peers to the laws and writes docs/laws-of-peers.md

  --quick     everything within a minute
  --json      prints JSON
  --save      writes the JSON to docs/bench.json as well
  --rounds N  rounds of each suite
  --model F   the GGUF file for generation

CPU time, medians over rounds that each run all alternatives in another order, sums checked. Each implementation
runs in a process of its own beside the loop by hand, so compare the ratios. A target that is missed is no
failure; a sum that is wrong is one.
`;

/** A command that was understood. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "answer"; readonly question: string }
  | { readonly kind: "picture" | "laws" }
  | { readonly kind: "measure"; readonly suites: ReadonlySet<SuiteName>; readonly quick: boolean; readonly json: boolean; readonly save: boolean; readonly rounds?: number; readonly model?: string }
  | { readonly kind: "refused"; readonly because: string };

const others = ["picture", "laws"] as const;

/** Understands the arguments, or says what is wrong with them. */
export function parseCommand(args: readonly string[]): Command {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: "boolean" },
        json: { type: "boolean" },
        save: { type: "boolean" },
        rounds: { type: "string" },
        model: { type: "string" },
        answer: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    return { kind: "refused", because: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: "help" };
  if (values.answer !== undefined) return { kind: "answer", question: values.answer };
  const other = others.find((name) => positionals.includes(name));
  if (other && positionals.length === 1) return { kind: other };
  if (other) return { kind: "refused", because: `${other} stands alone; name no suite beside it` };
  const unknown = positionals.find((name) => !(suiteNames as readonly string[]).includes(name));
  if (unknown !== undefined) return { kind: "refused", because: `there is no suite called ${unknown}; there are ${suiteNames.join(", ")}, and the commands picture and laws` };
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) return { kind: "refused", because: `--rounds must be a whole number from 1 on, not ${values.rounds}` };
  return {
    kind: "measure",
    suites: new Set(positionals.length > 0 ? (positionals as SuiteName[]) : suiteNames),
    quick: values.quick ?? false,
    json: values.json ?? false,
    save: values.save ?? false,
    ...(rounds !== undefined && { rounds }),
    ...(values.model !== undefined && { model: values.model }),
  };
}
