/** How stages of the four modes follow each other where nobody writes `each`. */
import { bidi, each, outputStream, pipe, takesValue, yieldsValue, type AnyStage, type Bidi, type OutputStream, type Stream } from "@iftk/core";

/** The stages, with those that take one value applied to each value of a stream that comes before them. */
export function lift(stages: readonly AnyStage[], startsWithStream: boolean): readonly [AnyStage, ...AnyStage[]] {
  let isStream = startsWithStream;
  return stages.map((stage) => {
    const lifted = isStream && takesValue(stage.mode) ? (each(stage as OutputStream<never, unknown>) as AnyStage) : stage;
    isStream = !yieldsValue(lifted.mode);
    return lifted;
  }) as unknown as readonly [AnyStage, ...AnyStage[]];
}

/** The stages as one from a stream to a stream, also where the last of them gives one value. */
export function streamed(stages: readonly AnyStage[]): Bidi<unknown, unknown> {
  const lifted = lift(stages, true);
  const isValue = yieldsValue((lifted.at(-1) as AnyStage).mode);
  return pipe(...([...lifted, ...(isValue ? [alone] : [])] as unknown as readonly [Bidi<unknown, unknown>]));
}

const alone = outputStream(async function* alone(value: unknown) {
  yield value;
});

/** The stream, which ends when its call does. */
export const guard = bidi(function guard(input: Stream<unknown>) {
  return input;
});
