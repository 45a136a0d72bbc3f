/** Which requests go into the next pass, and how much of each. */
import { type AdapterSet, noAdapters } from "./adapter-set.js";
import type { PassKind } from "./pass-kind.js";
import type { RowCollector } from "./row-collector.js";

/** What the plan needs to know of a forward call. */
export interface Plannable {
  readonly tokens: Int32Array;
  readonly adapters: AdapterSet;
  /** The rows that are wanted; without it the logits after the last token are. */
  readonly output: RowCollector | undefined;
  /** Tokens that have gone through a pass. */
  readonly processed: number;
}

/** The part of a request that goes into one pass. */
export interface Slice<Request> {
  readonly request: Request;
  readonly count: number;
}

export interface Pass<Request> extends PassKind {
  readonly slices: readonly Slice<Request>[];
}

export interface PassLimits {
  /** Tokens of a pass. */
  readonly tokens: number;
  /** Rows of a pass; one for each request at least. */
  readonly rows: number;
}

/** Tokens of prompts in a pass that single tokens of running conversations wait for. */
const promptTokensBesideOthers = 64;

/**
 * The next pass: of the kind that the oldest request needs, with all that can share it. It takes
 * every waiting single token, and an equal share for each prompt in the room that is left.
 */
export function planPass<Request extends Plannable>(requests: Iterable<Request>, limits: PassLimits): Pass<Request> {
  let kind: PassKind | undefined;
  let isWaitedFor = false;
  const singles: Request[] = [];
  const prompts: Request[] = [];
  for (const request of requests) {
    const isSingle = remaining(request) === 1;
    isWaitedFor ||= isSingle;
    const embeddings = needsEmbeddings(request, limits);
    kind ??= { adapters: request.adapters, embeddings };
    if (request.adapters.key !== kind.adapters.key || embeddings !== kind.embeddings) continue;
    (isSingle ? singles : prompts).push(request);
  }
  kind ??= { adapters: noAdapters, embeddings: false };

  const capacity = kind.embeddings ? Math.min(limits.tokens, limits.rows) : limits.tokens;
  const slices = singles.slice(0, prompts.length > 0 ? capacity - 1 : capacity).map((request) => ({ request, count: 1 }));
  let room = capacity - slices.length;
  let rows = limits.rows - slices.length;
  if (isWaitedFor) room = Math.min(room, promptTokensBesideOthers);
  for (const [index, request] of prompts.entries()) {
    const left = prompts.length - index;
    const count = sizeOf(request, kind, { tokens: Math.ceil(room / left), rows: Math.floor(rows / left) });
    if (count === 0) break;
    slices.push({ request, count });
    room -= count;
    rows -= rowsOf(request, kind, count);
  }
  return { ...kind, slices };
}

/** A pass of one request alone. */
export function planAlone<Request extends Plannable>(request: Request, limits: PassLimits): Pass<Request> {
  const kind = { adapters: request.adapters, embeddings: needsEmbeddings(request, limits) };
  return { ...kind, slices: [{ request, count: sizeOf(request, kind, limits) }] };
}

/** Tokens that have not gone through a pass. */
export function remaining(request: Plannable): number {
  return request.tokens.length - request.processed;
}

/** What comes long before the first hidden state that is wanted goes through passes that give none. */
function needsEmbeddings({ output, processed }: Plannable, { rows }: PassLimits): boolean {
  return output?.wantsEmbeddings === true && output.next() - processed < rows;
}

function sizeOf({ tokens, output, processed }: Plannable, { embeddings }: PassKind, limits: PassLimits): number {
  let end = Math.min(tokens.length, processed + limits.tokens);
  if (output !== undefined && embeddings) end = Math.min(end, processed + limits.rows, output.last + 1);
  else if (output !== undefined) end = Math.min(end, output.next(output.wantsEmbeddings ? 0 : limits.rows));
  return end - processed;
}

function rowsOf({ tokens, output, processed }: Plannable, { embeddings }: PassKind, count: number): number {
  if (embeddings) return count;
  if (output !== undefined) return output.countBefore(processed + count);
  return processed + count === tokens.length ? 1 : 0;
}
