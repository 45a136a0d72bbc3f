/** Checks of callers that leave before the answer is complete. */
import { demand, demandRejection } from "../check.js";
import { describeOutcome, isRejectionWith, settle } from "../settle.js";
import { turns } from "../signals.js";
import { atEach, eventBoundaries, randomPlaces, type EngineCheck } from "./engine-check.js";
import { openCall, readUntilSilent, type EngineTrial, type OpenCall } from "./engine-trial.js";
import { faults, type Fault } from "./faults.js";

/** Turns of the event loop in which an abort is told: one for the settle, one for who looks. */
const atOnce = 2;

/** Silences of a provider: before its reply, after the headers, between events and within one. */
function silences({ body, isStreamed }: EngineTrial): (readonly [where: string, Fault])[] {
  const boundaries = isStreamed ? eventBoundaries(body, 2) : [];
  const places = [...new Set([0, ...boundaries, ...randomPlaces(body.length, 2, 6).filter((place) => place < body.length - 1)])];
  return [["before the reply", faults.hold()], ...places.map((place) => [`after ${place} of ${body.length} bytes`, faults.stall(place)] as const)];
}

async function demandClosedSocket(trial: EngineTrial, { request }: OpenCall): Promise<void> {
  demand(request !== undefined, "a request to be made", `there are ${trial.provider.requests.length} others`);
  demand((await settle(request.closed, trial.patience)) !== "pending", "the provider to see the connection close", `after ${trial.patience} turns of the event loop it is open`);
}

const abort: EngineCheck = {
  sentence: "an abort while the provider is silent is told at once, and the provider sees the connection close",
  holds: (trial) =>
    atEach(silences(trial), ([where]) => where, async ([, fault]) => {
      const call = openCall(trial, fault);
      const { pending } = await readUntilSilent(trial, call);
      const reason = new Error("The caller has left.");
      call.abort.abort(reason);
      demandRejection(await settle(pending, atOnce), reason, "the pending read");
      await demandClosedSocket(trial, call);
      await call.release();
    }),
};

const leave: EngineCheck = {
  sentence: "return() while the provider is silent is through at once, and the provider sees the connection close",
  applies: ({ givesStream }) => givesStream,
  holds: (trial) =>
    atEach(silences(trial), ([where]) => where, async ([, fault]) => {
      const call = openCall(trial, fault);
      const { pending } = await readUntilSilent(trial, call);
      pending.catch(() => {}); // observed below
      const left = await settle(call.leave(), 5);
      demand(left !== "pending" && "value" in left, "return() to be through", describeOutcome(left));
      demand((await settle(pending, 5)) !== "pending", "the pending read to settle", "it is still pending");
      await demandClosedSocket(trial, call);
      await call.release();
    }),
};

const between: EngineCheck = {
  sentence: "return() between two reads closes the connection of an answer that is not complete",
  applies: ({ givesStream }) => givesStream,
  async holds(trial) {
    const call = openCall(trial, faults.stall(trial.body.length - 1));
    const first = await settle(call.next(), trial.patience / 100);
    if (first === "pending") return; // nothing is given before the end: the check above has it
    demand("value" in first && !first.value.done, "a part", describeOutcome(first));
    const left = await settle(call.leave(), 5);
    demand(left !== "pending" && "value" in left, "return() to be through", describeOutcome(left));
    if (call.request) await demandClosedSocket(trial, call);
    await call.release();
  },
};

const early: EngineCheck = {
  sentence: "a signal that fired before the call is told, and nothing is requested",
  async holds(trial) {
    const call = openCall(trial);
    const reason = new Error("The caller has left before.");
    call.abort.abort(reason);
    demandRejection(await settle(call.next(), 5), reason, "the call");
    await turns(10);
    demand(trial.provider.requests.length === 0, "no request", `there are ${trial.provider.requests.length}`);
    await call.release();
  },
};

const anywhere: EngineCheck = {
  sentence: "an abort at any step of a call is told at once, unless the call is through",
  holds: (trial) =>
    atEach(Array.from({ length: 16 }, (_, step) => step), (step) => `after ${step} turns`, async (step) => {
      const call = openCall(trial, faults.chop(Math.ceil(trial.body.length / 12)));
      const reason = new Error("The caller has left.");
      let isAborted = false;
      let readsAfterAbort = 0;
      const reading = (async () => {
        for (let result = await call.next(); !result.done; result = await call.next()) if (isAborted) readsAfterAbort++;
      })();
      reading.catch(() => {}); // observed below
      await turns(step);
      isAborted = true;
      call.abort.abort(reason);
      const outcome = await settle(reading, atOnce);
      demand(isRejectionWith(outcome, reason) || (outcome !== "pending" && "value" in outcome), "the next settle to be a rejection with the reason", describeOutcome(outcome));
      demand(readsAfterAbort <= 1, "no more parts after the abort", `there were ${readsAfterAbort}`);
      await turns(3); // a connection that was being made is seen by the provider
      await call.release();
    }),
};

export const checksOfLeaving: readonly EngineCheck[] = [early, abort, leave, between, anywhere];
