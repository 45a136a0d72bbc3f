/** The two ways between a result that lists what was found for each of several inputs and results for one input each. */
import { forEach, from, inputStream, type InputStream, outputStream, type OutputStream, type Stream } from "@iftk/core";
import { z } from "zod";

/** Tokens that were read; 0 where they are not counted. The number of the field is caikit's. */
export const inputTokenCount = z.int().nonnegative().meta({ field: 3 });

/** What was found for one input. */
interface One<Found> {
  readonly result: Found;
  readonly inputTokenCount: number;
}

/** Gives one result for each input, the first of which has the tokens of all. */
export function splitResults<Whole extends { readonly inputTokenCount: number }, Found>(listOf: (whole: Whole) => readonly Found[]): OutputStream<Whole, { result: Found; inputTokenCount: number }> {
  return outputStream(function eachResult(whole: Whole) {
    return from(listOf(whole).map((result, index) => ({ result, inputTokenCount: index === 0 ? whole.inputTokenCount : 0 })));
  });
}

/** Puts the results for one input each together; their tokens are added up. */
export function joinResults<Found, Whole>(wholeOf: (found: Found[], inputTokenCount: number) => Whole): InputStream<One<Found>, Whole> {
  return inputStream(async function allResults(results: Stream<One<Found>>) {
    const found: Found[] = [];
    let tokens = 0;
    await forEach(results, ({ result, inputTokenCount }) => {
      found.push(result);
      tokens += inputTokenCount;
    });
    return wholeOf(found, tokens);
  });
}
