/** The adapters of a pass, put into one form so that passes with the same ones can be shared. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter } from "@iftk/inferlet";
import type { Pointer } from "./layout.js";

/** An adapter whose weights the library holds. */
export interface HeldAdapter {
  readonly name: string;
  readonly id: number;
  readonly handle: Pointer;
  /** Forward calls with it that have not settled. */
  uses: number;
}

/** Adapters and their scales, in one order; equal sets have equal keys. */
export interface AdapterSet {
  readonly key: string;
  readonly adapters: readonly HeldAdapter[];
  readonly scales: readonly number[];
}

export const noAdapters: AdapterSet = { key: "", adapters: [], scales: [] };

/** The set of what is applied: the same adapter twice counts with both scales, one at scale 0 not at all. */
export function adapterSetOf(applied: readonly AppliedAdapter[], check: (applied: AppliedAdapter) => HeldAdapter): AdapterSet {
  if (applied.length === 0) return noAdapters;
  const scales = new Map<HeldAdapter, number>();
  for (const entry of applied) {
    const adapter = check(entry);
    const scale = Math.fround((scales.get(adapter) ?? 0) + entry.scale);
    if (!Number.isFinite(scale)) throw new StageError("invalid_argument", `adapter ${adapter.name}: the scale ${entry.scale} is not a finite number`);
    scales.set(adapter, scale);
  }
  const entries = [...scales].filter(([, scale]) => scale !== 0).toSorted(([one], [other]) => one.id - other.id);
  if (entries.length === 0) return noAdapters;
  return { key: entries.map(([{ id }, scale]) => `${id}*${scale}`).join("+"), adapters: entries.map(([adapter]) => adapter), scales: entries.map(([, scale]) => scale) };
}
