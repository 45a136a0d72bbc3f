/** Scores the candidates of a generation, several at a time. */

export interface ScoreAllOptions {
  /** Candidates that are scored at the same time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What each seed is worth, in their order.
 *
 * The first failure, or the signal, ends it at once: `ending`, which `scoreOne` may fire itself, fires for all of them with the same
 * reason, and what does not hear it is not waited for.
 */
export async function scoreAll(seeds: readonly number[], scoreOne: (seed: number, ending: AbortController) => Promise<number>, { concurrency, signal }: ScoreAllOptions): Promise<readonly number[]> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  const onAbort = (): void => ending.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const scores: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < seeds.length && !ending.signal.aborted) {
      const index = next++;
      scores[index] = await scoreOne(seeds[index] as number, ending);
    }
  };
  try {
    await new Promise<void>((resolve, reject) => {
      ending.signal.addEventListener("abort", () => reject(ending.signal.reason), { once: true });
      Promise.all(Array.from({ length: Math.min(concurrency, seeds.length) }, work)).then(() => resolve(), (error: unknown) => ending.abort(error));
    });
    return scores;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
