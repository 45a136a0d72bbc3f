/** What the model has done and holds, for `/stats`. */
import { type Backend, type BackendStatistics, PrefixCache } from "@iftk/inferlet";

export interface ModelStatistics extends BackendStatistics {
  readonly model: string;
  /** Gauge: sequences that wait for the next turn of their conversations, and give way to others; they are not among `sequences`. */
  readonly kept: number;
}

export function statisticsOf(backend: Backend): ModelStatistics {
  const kept = PrefixCache.of(backend).keptSequences;
  return { model: backend.name, ...backend.statistics, sequences: backend.statistics.sequences - kept, kept };
}
