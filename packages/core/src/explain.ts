/** What a pipeline does, for people. */
import { noteOf } from "./run.js";
import type { AnyStage } from "./stage.js";

/** A table of a stage and its parts: label, mode, what it holds back or ahead, what was lifted, its interceptors. */
export function explain(stage: AnyStage): string {
  const rows = rowsOf(stage, "");
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()).join("\n");
}

function rowsOf(stage: AnyStage, indent: string): string[][] {
  const isPipeline = stage.parts.length > 1 || stage.parts.some((part) => part.parts.length > 0);
  const note = noteOf(stage) ?? (stage.mode === "input-stream" && !isPipeline ? "reads its input to the end" : "");
  return [[indent + stage.label, stage.mode, note], ...(isPipeline ? stage.parts.flatMap((part) => rowsOf(part, `${indent}  `)) : [])];
}
