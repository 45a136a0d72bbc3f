/** A run that is watched. */
import type { PipelineRun } from "@iftk/graph";
import { linkLines, linkRates, linkTable } from "./link-table.js";
import type { LiveScreen } from "./live-screen.js";

export interface WatchOptions {
  /** Where a terminal shows the table; without it plain lines are told. */
  readonly screen?: LiveScreen | undefined;
  readonly tell: (text: string) => Promise<void>;
  /** As lines of JSON. */
  readonly json: boolean;
}

/** Shows what passes the links of a run until the function that it gives is called, which shows the last of it. */
export function watchRun(run: PipelineRun, { screen, tell, json }: WatchOptions): () => Promise<void> {
  let before = run.statistics();
  let at = performance.now();
  const begun = at;

  async function look(isLast: boolean): Promise<void> {
    const links = run.statistics();
    const now = performance.now();
    // The last look is at the whole run.
    const rates = linkRates(links, isLast ? [] : before, now - (isLast ? begun : at));
    [before, at] = [links, now];
    if (json) return tell(`${JSON.stringify({ type: "statistics", links: rates })}\n`);
    if (screen && !isLast) return screen.show(linkTable(rates, screen.width));
    await screen?.close();
    return tell(`${(screen ? linkTable(rates, screen.width) : linkLines(rates)).join("\n")}\n`);
  }

  const timer = setInterval(() => void look(false), screen ? 200 : 1000);
  return () => {
    clearInterval(timer);
    return look(true);
  };
}
