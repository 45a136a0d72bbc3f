/** Values that go round, within bounds. */
import { bidi, from, StageError, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";

export interface LoopOptions {
  /** Which of the values that the body gives go into it again; the others are given. */
  readonly again: (value: unknown) => boolean;
  /** Turns that a value may lead to, the first one counted; 8 by default. */
  readonly most?: number;
  /** Values that may wait for the next turn; 64 by default. */
  readonly queue?: number;
  /** What happens to a value that would go round once more than `most`: an error, or it is given. */
  readonly beyond?: "error" | "give";
}

/**
 * Runs a stage on each value, and again on those of its values that are to go round, turn by turn, before the next value is taken.
 *
 * @throws StageError `resource_exhausted`, reason `turns` or `queue`, when there are more turns or values than it allows;
 * `invalid_argument` for a bound that is not a whole number from 1 on.
 */
export function loop(body: Bidi<unknown, unknown>, { again, most = 8, queue = 64, beyond = "error" }: LoopOptions): AnyStage {
  for (const [name, bound] of [["most", most], ["queue", queue]] as const) {
    if (!Number.isInteger(bound) || bound < 1) throw new StageError("invalid_argument", `loop: ${name} is a whole number from 1 on, not ${bound}`);
  }
  return bidi(async function* loop(input: Stream<unknown>, call: Call) {
    for await (const value of input) {
      let values: unknown[] = [value];
      for (let turn = 1; values.length > 0; turn++) {
        const next: unknown[] = [];
        for await (const given of body(from(values), call)) {
          const isAgain = again(given);
          if (isAgain && turn === most && beyond === "error") throw new StageError("resource_exhausted", `loop: a value would go round more than ${most} times; allow more turns, or let what goes round be given`, { reason: "turns" });
          if (!isAgain || turn === most) yield given;
          else if (next.length === queue) throw new StageError("resource_exhausted", `loop: more than ${queue} values wait for the next turn`, { reason: "queue" });
          else next.push(given);
        }
        values = next;
      }
    }
  });
}
