/** What is to be said of a runtime: the laws tried on every subject, and the round trips. */
import { lawBreaches, tryLaws, type LawResult, type Subject } from "@iftk/testing/neutral";
import { roundTrips } from "./round-trips.js";
import { subjectsOfTasks } from "./subjects-of-tasks.js";
import { subjectsOfCore } from "./subjects-of-core.js";
import { subjectsOfInterceptors } from "./subjects-of-interceptors.js";
import { subjectsOfOperators } from "./subjects-of-operators.js";
import { openSubjectsOfPorts } from "./subjects-of-ports.js";
import { setTurnLength } from "./turn-length.js";

/** What came of the laws and the round trips in one runtime. */
export interface Report {
  /** Name and version, such as "node 24.11.0". */
  readonly runtime: string;
  /** Checks that were kept, by the name of the subject. */
  readonly kept: Readonly<Record<string, number>>;
  /** What broke, with the subject, the law, what was expected and what happened. */
  readonly breaches: readonly string[];
  readonly milliseconds: number;
}

/** The check that `tryLaws` adds where the runtime tells of unhandled rejections to the process. */
const ofStrays = "no error goes where nobody can catch it";

/** Milliseconds within which a worker answers. */
const turnOfWorker = 20;

/** Milliseconds that a round trip may take before it counts as hung. */
const patience = 10_000;

/** Tries everything, one subject after another. */
export async function makeReport(): Promise<Report> {
  const start = performance.now();
  const kept: Record<string, number> = {};
  const breaches: string[] = [];
  const stray = (event: Event): void => {
    event.preventDefault();
    breaches.push(`unhandled: ${String((event as Partial<PromiseRejectionEvent>).reason ?? (event as Partial<ErrorEvent>).error)}`);
  };
  const scope: Partial<EventTarget> = globalThis;
  for (const name of ["unhandledrejection", "error"]) scope.addEventListener?.(name, stray);
  const ports = openSubjectsOfPorts();
  const subjects: Readonly<Record<string, Subject>> = { ...subjectsOfCore, ...subjectsOfTasks, ...subjectsOfOperators, ...subjectsOfInterceptors, ...ports.inThread, ...ports.inWorker };
  for (const [name, subject] of Object.entries(subjects)) {
    setTurnLength(name in ports.inWorker ? turnOfWorker : 0);
    const results = await tryLaws(subject);
    kept[name] = results.filter(({ outcome, check }) => outcome === "kept" && check !== ofStrays).length;
    breaches.push(...linesOf(results).map((line) => `${name}: ${line}`));
  }
  setTurnLength(0);
  for (const [name, { run, expected }] of Object.entries(roundTrips)) {
    const happened = JSON.stringify(await inTime(run().catch((error: unknown) => `it threw ${String(error)}`)));
    if (happened === JSON.stringify(expected)) kept[name] = 1;
    else breaches.push(`${name}: expected ${JSON.stringify(expected)}; got ${happened}`);
  }
  ports.close();
  for (const name of ["unhandledrejection", "error"]) scope.removeEventListener?.(name, stray);
  return { runtime: runtimeName(), kept, breaches, milliseconds: Math.round(performance.now() - start) };
}

/** The runtime by its own word: others than Node give the version of Node that they pass for as well. */
function runtimeName(): string {
  const versions: Readonly<Record<string, string | undefined>> = (globalThis as { process?: { versions: NodeJS.ProcessVersions } }).process?.versions ?? {};
  const name = ["bun", "deno", "node"].find((one) => versions[one] !== undefined);
  return name === undefined ? navigator.userAgent : `${name} ${versions[name]}`;
}

/** What the promise gives, or that it took too long. */
async function inTime(promise: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(() => resolve(`nothing within ${patience} ms`), patience)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const linesOf = (results: readonly LawResult[]): string[] => lawBreaches(results).split("\n").filter(Boolean);
