/** An implementation that has its model only while a call runs. */
import { bidi, from, fromBatches, inputStream, outputStream, ready, unary, yieldsValue, type AnyStage, type Call, type Mode, type Stream } from "@iftk/core";
import { flavourOf, type AnyImplementation } from "@iftk/core/task";
import { implementationBy } from "./implementation-by.js";

/** An implementation for the time of a call. */
export interface Lease {
  readonly implementation: AnyImplementation;
  readonly release: () => void;
}

/** Gives the implementation for a call, at once where it is loaded. */
export type TakeLease = (call: Pick<Call, "signal">) => Lease | Promise<Lease>;

const declare = { unary, "output-stream": outputStream, "input-stream": inputStream, bidi };

/** The implementation as callers have it: each call takes a lease by its first read and gives it back at its end. */
export function leasedImplementation(known: AnyImplementation, take: TakeLease): AnyImplementation {
  function stageOf(mode: Mode): AnyStage {
    async function value(input: unknown, call: Call): Promise<unknown> {
      const { implementation, release } = await take(call);
      try {
        return await callIn(flavourOf(implementation, mode), input, call);
      } finally {
        release();
      }
    }
    async function* batches(input: unknown, call: Call): AsyncGenerator<readonly unknown[], void, undefined> {
      const { implementation, release } = await take(call);
      const reader = from(callIn(flavourOf(implementation, mode), input, call) as Stream<unknown>)[ready]();
      let isOpen = true;
      try {
        while (isOpen) {
          isOpen = false; // what ends or fails is not closed
          const batch = await reader.read();
          isOpen = batch !== undefined;
          if (batch) yield batch;
        }
      } finally {
        try {
          if (isOpen) await reader.close?.();
        } finally {
          release();
        }
      }
    }
    const run = yieldsValue(mode) ? value : (input: unknown, call: Call): Stream<unknown> => fromBatches(batches(input, call));
    Object.defineProperty(run, "name", { value: known.task.name });
    return declare[mode](run as never);
  }
  return implementationBy({
    task: known.task,
    given: known.given,
    stageOf,
    async runBatch(inputs, call = {}) {
      const { implementation, release } = await take({ signal: call.signal ?? new AbortController().signal });
      try {
        return await implementation.runBatch(inputs as readonly never[], call);
      } finally {
        release();
      }
    },
    with: (parameters) => leasedImplementation(known.with(parameters as never), configured(take, parameters)),
  });
}

/** Leases of the implementation with these parameters. */
function configured(take: TakeLease, parameters: unknown): TakeLease {
  const made = new WeakMap<AnyImplementation, AnyImplementation>();
  const configure = ({ implementation, release }: Lease): Lease => {
    const found = made.get(implementation) ?? implementation.with(parameters as never);
    made.set(implementation, found);
    return { implementation: found, release };
  };
  return (call) => {
    const lease = take(call);
    return lease instanceof Promise ? lease.then(configure) : configure(lease);
  };
}

function callIn(stage: AnyStage, input: unknown, call: Call): unknown {
  return (stage as unknown as (input: unknown, call: Call) => unknown)(input, call);
}
