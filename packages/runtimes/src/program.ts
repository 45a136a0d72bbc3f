/** The program that every runtime runs: it prints its report as JSON, or in a page leaves it as a promise. */
import { restoreSetTimeout } from "./turn-length.js"; // first: before all that takes setTimeout when it is loaded
import { makeReport, type Report } from "./report.js";

restoreSetTimeout();
const report = makeReport();
const scope = globalThis as { document?: unknown; report?: Promise<Report>; process?: { exit(status: number): never; stdout: { write(text: string, done: () => void): void } } };
const { document, process } = scope;
if (document === undefined && process) {
  const text = `${JSON.stringify(await report)}\n`;
  process.stdout.write(text, () => process.exit(0));
} else scope.report = report;
