/** Which rows of a pass serve what is asked for. */
import { StageError } from "@iftk/core";
import type { RowsOptions } from "../backend.js";
import { type Sampler, samplerOutput } from "../sampling/sampler.js";
import type { DraftRequest, PassRequest, RowRequest, RowsRequest } from "./probe.js";

/** A request, with the rows that it is answered from. */
export type PlannedRequest =
  | { readonly name: string; readonly rows: readonly number[]; readonly of: RowRequest; readonly isSeveral: boolean; readonly draft: undefined }
  | { readonly name: string; readonly rows: readonly number[]; readonly of: Sampler; readonly draft: readonly number[] };

/**
 * The requests and their rows.
 *
 * @param length tokens of the pass, without a draft
 * @param counted how many of the last of them indices count
 * @throws StageError `invalid_argument` for an index that no token has, and for more than one draft.
 */
export function plan(requests: Readonly<Record<string, PassRequest>>, length: number, counted: number): readonly PlannedRequest[] {
  const rowOf = (index: number): number => {
    if (!(Number.isInteger(index) && index >= -counted && index < counted)) throw new StageError("invalid_argument", `at: ${index} is no index of ${counted} tokens`);
    return length - counted + (index < 0 ? index + counted : index);
  };
  const planned = Object.entries(requests).map(([name, request]): PlannedRequest => {
    if (isDraft(request)) return { name, rows: Array.from({ length: request.draft.length + 1 }, (_, row) => length - 1 + row), of: request.sampler, draft: request.draft };
    if (isRows(request)) return { name, rows: request.at.map(rowOf), of: request.of, isSeveral: true, draft: undefined };
    return { name, rows: [length - 1], of: request, isSeveral: false, draft: undefined };
  });
  if (planned.filter(({ draft }) => draft !== undefined).length > 1) throw new StageError("invalid_argument", "execute: expected one draft at most; a pass checks one");
  return planned;
}

const isDraft = (request: PassRequest): request is DraftRequest => "draft" in request;
const isRows = (request: PassRequest): request is RowsRequest => "at" in request && "of" in request;

/** What the rows must hold for the requests. */
export function wanted(requests: readonly PlannedRequest[]): NonNullable<RowsOptions["want"]> {
  const embeddings = requests.filter(({ of }) => !(typeof of !== "function" && "probe" in of) && samplerOutput(of) === "embedding").length;
  if (embeddings === 0) return "logits";
  return embeddings === requests.length ? "embeddings" : "both";
}
