/** One implementation, one process: no library sees the types that another one brought, and each has the floor beside it. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Aborted, Compared, Held, InferletFigure, JsonCost, ParsingCost, WireCost, WrittenCost } from "./report.js";
import { measureFork, measureMerge, type ComparedRequest } from "./suites/fork-and-merge.js";
import type { InferletsRequest, InferletsResult } from "./suites/inferlets.js";
import type { WearRequest } from "./suites/inferlets-wear.js";
import type { JsonRequest } from "./suites/json.js";
import { measureMany } from "./suites/many.js";
import { measureMemory, type MemoryRequest } from "./suites/memory.js";
import type { ServingRequest, ServingResult } from "./suites/serving.js";
import type { WiresRequest } from "./suites/wires.js";
import type { ParsingRequest } from "./suites/parsing.js";
import type { WrittenRequest } from "./suites/written.js";
import { measurePipelines, type PipelinesRequest, type PipelinesResult } from "./suites/pipelines.js";

/** What can be asked of a process: the suite and how to run it. */
export type Question =
  | ({ readonly suite: "pipelines" } & PipelinesRequest)
  | ({ readonly suite: "fork" | "merge" | "many" } & ComparedRequest)
  | ({ readonly suite: "memory" } & MemoryRequest)
  | ({ readonly suite: "serving" } & ServingRequest)
  | ({ readonly suite: "wires" } & WiresRequest)
  | ({ readonly suite: "json" } & JsonRequest)
  | ({ readonly suite: "parsing" } & ParsingRequest)
  | ({ readonly suite: "written" } & WrittenRequest)
  | ({ readonly suite: "inferlets" } & InferletsRequest)
  | ({ readonly suite: "wear" } & WearRequest)
  | { readonly suite: "abort"; readonly trials: number };

/** What it answers; undefined where the implementation has no part in the suite. */
export type Answer<Q extends Question> =
  | (Q extends { suite: "pipelines" } ? PipelinesResult : Q extends { suite: "memory" } ? Held : Q extends { suite: "serving" } ? ServingResult : Q extends { suite: "wires" } ? readonly WireCost[] : Q extends { suite: "written" } ? readonly WrittenCost[] : Q extends { suite: "json" } ? readonly JsonCost[] : Q extends { suite: "parsing" } ? readonly ParsingCost[] : Q extends { suite: "inferlets" } ? InferletsResult : Q extends { suite: "wear" } ? readonly InferletFigure[] : Q extends { suite: "abort" } ? readonly Aborted[] : Compared)
  | undefined;

/** Puts a question to someone. */
export type Ask = <Q extends Question>(question: Q) => Promise<Answer<Q>>;

/** Answers in this process. */
export const answer = (async (question: Question): Promise<unknown> => {
  switch (question.suite) {
    case "pipelines":
      return measurePipelines(question);
    case "fork":
      return measureFork(question);
    case "merge":
      return measureMerge(question);
    case "many":
      return measureMany(question);
    case "memory":
      return measureMemory(question);
    case "serving":
      return (await import("./suites/serving.js")).measureServing(question);
    case "wires":
      return (await import("./suites/wires.js")).measureWires(question);
    case "json":
      return (await import("./suites/json.js")).measureJson(question);
    case "parsing":
      return (await import("./suites/parsing.js")).measureParsing(question);
    case "written":
      return (await import("./suites/written.js")).measureWritten(question);
    case "inferlets":
      return (await import("./suites/inferlets.js")).measureInferlets(question);
    case "wear":
      return (await import("./suites/inferlets-wear.js")).measureWear(question);
    case "abort":
      return (await import("./suites/abort.js")).measureAbort(question.trials);
  }
}) as Ask;

const flags = ["--disable-warning=ExperimentalWarning", "--experimental-stream-iter"].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag.replace(/=.*/, "")));

/** Has a question answered by a process of its own, which runs this program again. */
export const askChild = (async (question: Question): Promise<unknown> => {
  const child = spawn(process.execPath, [...flags, process.argv[1] ?? "", "--answer", JSON.stringify(question)], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [said, code] = await Promise.all([text(child.stdout), exit]);
  if (code !== 0) throw new Error(`the process for ${JSON.stringify(question)} ended with ${code}`);
  return (JSON.parse(said) as { readonly answer?: unknown }).answer;
}) as Ask;
