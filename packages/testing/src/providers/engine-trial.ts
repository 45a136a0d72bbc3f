/** An engine's stage before a fake provider, and single calls of it under a fault. */
import { takesValue, yieldsValue, type AnyStage, type Stream } from "@iftk/core";
import { demand } from "../check.js";
import { callStage } from "../law-subject.js";
import { describeOutcome, settle, type Outcome } from "../settle.js";
import { countedAbort, turns, type CountedAbort } from "../signals.js";
import { feed } from "../sources.js";
import type { FakeProvider } from "./fake-provider.js";
import type { FakeRequest } from "./fake-request.js";
import { faults, type Fault } from "./faults.js";
import { watchTimers, type TimerWatch } from "./watch-timers.js";

/** A stage of an engine, and what is needed to see how it fails. */
export interface EngineSubject {
  readonly name: string;
  /** The fake provider, or what starts one for each check. Nobody else may use it meanwhile; it is cleared before each call. */
  readonly fake: FakeProvider | (() => FakeProvider | Promise<FakeProvider>);
  /** The route whose reply is spoilt, named as the fake has it; without it, the reply to the first request of the call. */
  readonly route?: string;
  /** A fresh stage over the provider at this address; called once for each call. */
  readonly stage: (baseUrl: string) => AnyStage;
  readonly input: unknown;
  /** The key the stage is given, which must be found in no error; left out where there is none. */
  readonly key?: string;
  /** The body of the good reply, up to where the answer is complete. */
  readonly wholeBody: Uint8Array | string;
  /** Whether the body is events, each of which is given on when it comes, rather than one document. */
  readonly isStreamed: boolean;
  /** Whether the body itself tells where it ends; false for bare media, of which only HTTP does. True by default. */
  readonly hasEndMark?: boolean;
  /** Turns of the event loop that anything may take before it counts as hung; 3000 by default. */
  readonly patience?: number;
}

/** What the checks are given. */
export interface EngineTrial extends EngineSubject {
  readonly provider: FakeProvider;
  readonly body: Uint8Array;
  readonly hasEndMark: boolean;
  readonly patience: number;
  readonly timers: TimerWatch;
  /** Whether the stage gives a stream. */
  readonly givesStream: boolean;
}

/** What came of a call. */
export interface Attempt {
  /** What it gave before it ended or failed. */
  readonly parts: readonly unknown[];
  /** Undefined where it ended well. */
  readonly error: unknown;
  /** The request whose reply was spoilt. */
  readonly request: FakeRequest;
  /** Requests like it. */
  readonly sent: number;
}

/** A call in progress. */
export interface OpenCall {
  readonly abort: CountedAbort;
  next(): Promise<IteratorResult<unknown>>;
  /** Calls return() of the answer. */
  leave(): Promise<IteratorResult<unknown>>;
  /** The request that the fault is put on; undefined until it is there. */
  readonly request: FakeRequest | undefined;
  /** Waits until all that the call acquired is given back. Throws how it is not. */
  release(): Promise<void>;
}

/** Gives the trial of the subject to the function, and ends what was started for it. */
export async function withTrial(subject: EngineSubject, run: (trial: EngineTrial) => Promise<void>): Promise<void> {
  const { fake, wholeBody, stage } = subject;
  const provider = typeof fake === "function" ? await fake() : fake;
  const body = typeof wholeBody === "string" ? new TextEncoder().encode(wholeBody) : wholeBody;
  const timers = watchTimers();
  try {
    await run({ ...subject, provider, body, timers, hasEndMark: subject.hasEndMark ?? true, patience: subject.patience ?? 3000, givesStream: !yieldsValue(stage(provider.url).mode) });
  } finally {
    timers.stop();
    provider.clear();
    if (typeof fake === "function") await provider.close();
  }
}

/** Prepares a call under the fault; its first read makes it. */
export function openCall(trial: EngineTrial, fault: Fault = faults.none()): OpenCall {
  const { provider, route, patience, timers } = trial;
  const abort = countedAbort();
  let request: FakeRequest | undefined;
  const noting: Fault = (reply, from) => {
    request = from;
    return fault(reply, from);
  };
  provider.clear();
  if (route === undefined) provider.fault(noting);
  else provider.faultOn(route, noting);
  const stage = trial.stage(provider.url);
  const answer: Stream<unknown> = callStage(stage, takesValue(stage.mode) ? trial.input : feed(trial.input), abort.signal);
  const iterator = answer[Symbol.asyncIterator]();
  return {
    abort,
    next: () => timers.run(() => iterator.next()),
    leave: () => timers.run(() => iterator.return?.() ?? Promise.reject(new Error("The iterator has no return()."))),
    get request() {
      return request;
    },
    async release() {
      const idle = await settle(provider.idle(), patience);
      demand(idle !== "pending", "every connection to be done with or closed", `${provider.openSockets} with a request that is not over are still open`);
      demand(abort.listeners === 0, "no listener to be left on the caller's signal", `there are ${abort.listeners}`);
      for (let turn = 0; turn < turnsOfSilence && timers.live > 0; turn++) await turns();
      demand(timers.live === 0, "no timer to be left", `there are ${timers.live} that keep the process alive`);
    },
  };
}

/** Makes a call under the fault and reads its answer to the end. Throws when the call hangs, or leaves something behind. */
export async function attempt(trial: EngineTrial, fault?: Fault): Promise<Attempt> {
  const call = openCall(trial, fault);
  const parts: unknown[] = [];
  const patience = trial.patience + 2 * Math.min(trial.body.length, mostPieces); // a body in pieces takes a turn for each
  const outcome = await settle(readInto(parts, call), patience);
  if (outcome === "pending") call.abort.abort(new Error("It took too long."));
  demand(outcome !== "pending", "the call to end or to fail", `after ${patience} turns of the event loop it does neither`);
  await call.release();
  const { request } = call;
  demand(request !== undefined, `a request ${trial.route ?? ""} to be made`, `it made ${trial.provider.requests.length} others and ${"error" in outcome ? describeOutcome(outcome) : "ended well"}`);
  const sent = trial.provider.requests.filter(({ method, path }) => method === request.method && path === request.path).length;
  return { parts, error: "error" in outcome ? outcome.error : undefined, request, sent };
}

/** The parts of the good answer. */
export async function wholeAnswer(trial: EngineTrial): Promise<readonly unknown[]> {
  const { parts, error } = await attempt(trial);
  demand(error === undefined, "the good reply to be read to its end", describeOutcome({ error }));
  demand(parts.length > 0, "the good reply to give something", "it gave nothing");
  return parts;
}

async function readInto(parts: unknown[], call: OpenCall): Promise<void> {
  for (let result = await call.next(); !result.done; result = await call.next()) parts.push(result.value);
}

/** Reads until the request is there and its answer is waited for in vain; gives the read that is pending. */
export async function readUntilSilent(trial: EngineTrial, call: OpenCall): Promise<{ readonly pending: Promise<IteratorResult<unknown>> }> {
  for (let count = 0; ; count++) {
    const pending = call.next();
    let outcome: Outcome<IteratorResult<unknown>> = "pending";
    for (let turn = 0; turn < trial.patience && outcome === "pending" && !call.request; turn++) outcome = await settle(pending, 1);
    if (outcome === "pending") outcome = await settle(pending, turnsOfSilence);
    if (outcome === "pending") return { pending };
    demand("value" in outcome && !outcome.value.done, "the answer to wait for the provider, which stays silent", `${describeOutcome(outcome)} after ${count} parts`);
  }
}

/** Pieces into which a body is cut at most; more would only take time. */
export const mostPieces = 2048;

/** Longer than anything on this machine is under way. */
const turnsOfSilence = 20;
