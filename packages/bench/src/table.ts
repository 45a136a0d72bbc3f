/** A report as text for a terminal. */
import { styleText } from "node:util";
import type { Cell, Compared, Report, Target } from "./report.js";
import { sourceKinds } from "./workload/sources.js";

/** Colours a text where the output is a terminal that wants it. */
const colour = (name: "green" | "red" | "bold" | "dim", text: string): string => styleText(name, text, { stream: process.stdout });

function grid(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `  ${row.map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join("  ")}`.trimEnd());
  return `${colour("dim", lines[0] ?? "")}\n${lines.slice(1).join("\n")}\n`;
}

/** Three digits that matter, without an exponent. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const columnOf = ({ source, stages, asyncStages }: Cell): string => `${source}${stages}${asyncStages ? "a" : ""}`;

function pipelines(cells: readonly Cell[], valueOf: (cell: Cell) => number): string {
  const columns = sourceKinds.flatMap((kind) => [...new Set(cells.filter(({ source }) => source === kind).map(columnOf))]);
  const names = [...new Set(cells.map(({ implementation }) => implementation))];
  const at = new Map(cells.map((cell) => [`${cell.implementation} ${columnOf(cell)}`, cell]));
  const rows = names.map((name) => [name, ...columns.map((column) => {
    const cell = at.get(`${name} ${column}`);
    return cell ? rounded(valueOf(cell)) : "";
  })]);
  return grid([["", ...columns], ...rows]);
}

function compared(list: readonly Compared[]): string {
  const sorted = [...list].sort((a, b) => a.vsFloor - b.vsFloor);
  return grid([["", "ns/item", "vs floor"], ...sorted.map((one) => [one.implementation, rounded(one.nsPerItem), `x${rounded(one.vsFloor)}`])]);
}

function targetLine({ name, target, atLeast, unit, measured, met }: Target): string {
  const limit = `${atLeast ? "at least" : "at most"} ${target}${unit === "x" ? "x" : ` ${unit}`}`;
  return `  ${met ? colour("green", "met   ") : colour("red", "missed")}  ${name}: ${measured === null ? "never" : rounded(measured)} (${limit})`;
}

/** Renders whatever the report holds. */
export function renderTable(report: Report): string {
  const parts: string[] = [];
  const part = (title: string, remark: string, body: string): void => void parts.push(`${colour("bold", title)}\n${remark === "" ? "" : `  ${colour("dim", remark)}\n`}${body}`);
  if (report.cells.length > 0) {
    const remark = "A: a token a promise; C: arrays of 32; N: array in memory; then the number of stages; a: one of them asynchronous. Each implementation in a process of its own, the floor beside it.";
    part("pipelines, CPU ns per item", remark, pipelines(report.cells, (cell) => cell.nsPerItem));
    part("pipelines, times the floor", "medians of ratios within a round", pipelines(report.cells, (cell) => cell.vsFloor));
    part("slope: each stage from five to ten", "CPU ns for a stage and an item; over the floor's", grid([["", ...sourceKinds.flatMap((kind) => [kind, "vs floor"])], ...[...new Set(report.slopes.map(({ implementation }) => implementation))].map((name) => [
      name,
      ...sourceKinds.flatMap((kind) => {
        const slope = report.slopes.find(({ source, implementation }) => source === kind && implementation === name);
        return slope ? [rounded(slope.nsPerStage), slope.vsFloor === null ? "" : `x${rounded(slope.vsFloor)}`] : ["", ""];
      }),
    ])]));
  }
  if (report.alone.length > 0) {
    part("the only pipeline of its process, CPU ns per item", "V8 inlines what it has seen one use of: in the cells above five pipelines share the library's loops", pipelines(report.alone, (cell) => cell.nsPerItem));
    part("the only pipeline of its process, times the floor", "", pipelines(report.alone, (cell) => cell.vsFloor));
  }
  if (report.fork.length > 0) part("fork to 10 branches", "CPU of all branches for an item", compared(report.fork));
  if (report.merge.length > 0) part("merge of 100 sources", "", compared(report.merge));
  if (report.many.length > 0) part("very many pipelines of five stages at once, on timers", "", compared(report.many));
  if (report.memory.length > 0) {
    const rows = [...report.memory].sort((a, b) => a.bytesPerPipeline - b.bytesPerPipeline).map((one) => [one.implementation, one.bytesPerPipeline.toFixed(0)]);
    part("heap of an open, idle pipeline of five stages", "beyond what its source holds", grid([["", "bytes"], ...rows]));
  }
  if (report.abort.length > 0) {
    const rows = report.abort.map((one) => [one.implementation, ...[one.turnsToClosed, one.millisecondsToClosed, one.turnsToSettled].map((value) => (value === null ? "never" : rounded(value)))]);
    part("abort while a read is pending on a deaf source", "turns of the event loop, 0 is at once", grid([["", "turns to closed", "ms to closed", "turns to settled"], ...rows]));
  }
  if (report.sizes.length > 0) part("bundles for browsers", "bytes", grid([["", "minified", "gzip"], ...report.sizes.map((size) => [size.bundle, String(size.minifiedBytes), String(size.gzipBytes)])]));
  if (report.generation.length > 0) part("generation with the embedded model", "wall time", grid([["", "us/token", "ratio"], ...report.generation.map((one) => [one.name, rounded(one.microseconds), `x${rounded(one.ratio)}`])]));
  if (report.serving.length > 0) {
    const patterns = [...new Set(report.serving.map(({ pattern }) => pattern))];
    const rows = [...new Set(report.serving.map(({ implementation }) => implementation))].map((name) => [name, ...patterns.flatMap((pattern) => {
      const one = report.serving.find((each) => each.implementation === name && each.pattern === pattern);
      return one ? [rounded(one.nsPerToken), `x${rounded(one.vsNodeHttp)}`] : ["", ""];
    })]);
    part(`tokens as server-sent events to ${report.serving[0]?.clients} clients, five stages`, "CPU ns of the server's process for each token", grid([["", ...patterns.flatMap((pattern) => [pattern, "vs node:http"])], ...rows]));
  }
  if (report.servingMemory.length > 0) {
    const rows = report.servingMemory.map((one) => [one.implementation, one.bytesPerStream.toFixed(0), one.aboveNodeHttp.toFixed(0)]);
    part("heap of an open, idle stream", "bytes, its connection included", grid([["", "bytes", "above node:http"], ...rows]));
  }
  if (report.wires.length > 0) {
    const rows = report.wires.map(({ wire, exchange, implementation, plain, ...one }) => [
      `${wire}, ${exchange}, a ${implementation}`,
      rounded(one.nsPerMessage / 1000),
      plain,
      rounded(one.plainNsPerMessage / 1000),
      `x${rounded(one.vsPlain)}`,
      rounded(one.roundTripMicroseconds),
      rounded(one.plainRoundTripMicroseconds),
    ]);
    part("a message over a wire", "CPU microseconds of the server's process for each message of many clients; round trips of one client alone", grid([["", "us/message", "beside", "us/message", "ratio", "round trip us", "beside"], ...rows]));
  }
  if (report.written.length > 0) {
    const ways = [...new Set(report.written.map(({ way }) => way))];
    const names = [...new Set(report.written.map(({ pipeline, source }) => `${pipeline}, ${source}`))];
    const rows = names.map((name) => [name, ...ways.flatMap((way) => {
      const one = report.written.find((each) => each.way === way && `${each.pipeline}, ${each.source}` === name);
      return one ? [rounded(one.nsPerItem), `x${one.vsCode.toFixed(3)}`] : ["", ""];
    })]);
    part("pipelines that are written down", "CPU ns per item; ratio to the same pipeline in code; A: a token a promise; C: arrays of 32; N: array in memory", grid([["", ...ways.flatMap((way) => [way, "ratio"])], ...rows]));
  }
  if (report.json.length > 0) {
    const rows = report.json.map((one) => [one.implementation, rounded(one.milliseconds), `x${rounded(1 / one.vsAiSdk)}`, one.twiceTheLength === null ? "" : `x${rounded(one.twiceTheLength)}`]);
    part(`a JSON text of ${report.json[0]?.characters} characters in pieces of four, as partial values`, "CPU milliseconds; how many times cheaper than the AI SDK; what twice the length costs", grid([["", "ms", "cheaper", "twice the length"], ...rows]));
  }
  if (report.parsing.length > 0) {
    const rows = report.parsing.map((one) => [`${one.api}, ${one.reads}`, one.implementation, rounded(one.nsPerChunk), `x${rounded(one.vsSdk)}`]);
    part("a recorded chat stream", "CPU nanoseconds for each chunk, from the bytes of a fetch to the consumer; ratio to the official SDK", grid([["", "", "ns/chunk", "vs SDK"], ...rows]));
  }
  if (report.inferlets.length > 0) {
    const models = [...new Set(report.inferlets.map(({ model }) => model))];
    const rows = [...new Set(report.inferlets.map(({ way }) => way))].map((name) => [name, ...models.flatMap((model) => {
      const one = report.inferlets.find((each) => each.way === name && each.model === model);
      return one ? [rounded(one.microseconds), `x${one.ratio.toFixed(3)}`] : ["", ""];
    })]);
    part("generation token by token", "wall microseconds for each token; ratio to the bare loop over the same backend", grid([["", ...models.flatMap((model) => [model, "ratio"])], ...rows]));
  }
  if (report.inferletFigures.length > 0) {
    const rows = report.inferletFigures.map(({ model, name, value, unit }) => [`${model}, ${name}`, rounded(value), unit]);
    part("what stands over a backend", "", grid([["", "", ""], ...rows]));
  }
  if (report.targets.length > 0) parts.push(`${colour("bold", "targets")}\n${report.targets.map(targetLine).join("\n")}\n`);
  const { node, cpu, cpus, platform, quick } = report.machine;
  parts.push(`Node ${node} on ${platform}, ${cpus} x ${cpu}.${quick ? " Quick: trust ratios, and those not to the last digit." : ""}\n${report.skipped.map((line) => `Skipped ${line}.\n`).join("")}${report.failed.map((line) => colour("red", `Failed ${line}\n`)).join("")}`);
  return `\n${parts.join("\n")}`;
}
