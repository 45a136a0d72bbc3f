/** Low-rank adapters. */
import type { AppliedAdapter, Backend, BackendAdapter } from "../backend.js";
import { type BackendCheck, type BackendTrial, demand, demandApart, demandClose, demandRefusal, logitsAfter, tokensOf } from "./backend-trial.js";

const hasAdapters = ({ backend }: BackendTrial): string | undefined => (backend.capabilities.adapters ? undefined : "it has no adapters");

function adapterBytes({ subject }: BackendTrial): Uint8Array {
  demand(subject.adapter !== undefined, "a GGUF file of an adapter for the model (adapter)", "none is given");
  return subject.adapter;
}

const load = async (trial: BackendTrial): Promise<BackendAdapter> => trial.backend.loadAdapter({ bytes: adapterBytes(trial) });

async function logitsWith(backend: Backend, tokens: readonly number[], adapters: readonly AppliedAdapter[]): Promise<Float32Array> {
  const sequence = backend.openSequence();
  const logits = (await sequence.forward(tokens, { adapters })).slice();
  sequence.release();
  return logits;
}

const scaled: BackendCheck = {
  sentence: "an adapter changes the passes that use it, as much as its scale says, and no others",
  hindrance: hasAdapters,
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 9);
    const adapter = await load(trial);
    const base = await logitsAfter(backend, tokens);
    const [whole, none, halves, without] = await Promise.all([
      logitsWith(backend, tokens, [{ adapter, scale: 1 }]),
      logitsWith(backend, tokens, [{ adapter, scale: 0 }]),
      logitsWith(backend, tokens, [{ adapter, scale: 0.5 }, { adapter, scale: 0.5 }]),
      logitsWith(backend, tokens, []),
    ]);
    demandApart(trial, whole, base, "logits with and without the adapter");
    demandClose(trial, none, base, "a scale of 0 to be as without");
    demandClose(trial, without, base, "no adapters to be as without, beside a pass with one");
    // The same sum, added up in another order.
    demandClose({ ...trial, subject: { ...trial.subject, tolerance: Math.max(1e-4, trial.subject.tolerance ?? 0) } }, halves, whole, "two halves to be a whole");
  },
};

const held: BackendCheck = {
  sentence: "what a sequence holds stays as it was computed",
  hindrance: hasAdapters,
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 9);
    const adapters = [{ adapter: await load(trial), scale: 1 }];
    const run = async (first: readonly AppliedAdapter[], last: readonly AppliedAdapter[]) => {
      const sequence = backend.openSequence();
      await sequence.forward(tokens, { adapters: first });
      return (await sequence.forwardRows([9], { adapters: last })).logits[0];
    };
    const plain = await run([], []);
    demandApart(trial, await run(adapters, []), plain, "logits after a past with the adapter");
    demandApart(trial, await run([], adapters), await run(adapters, adapters), "logits with the adapter after different pasts");
    demandClose(trial, plain, await logitsAfter(backend, [...tokens, 9]), "the logits without");
  },
};

const refusals: BackendCheck = {
  sentence: "what is no adapter, one of another backend and one that is released are refused",
  hindrance: hasAdapters,
  async holds(trial) {
    const { backend, subject } = trial;
    const bytes = adapterBytes(trial);
    for (const broken of [new Uint8Array(0), Uint8Array.of(71, 71, 85, 70, 3, 0, 0, 0), bytes.slice(0, bytes.length / 2), bytes.slice(4)]) {
      await demandRefusal(() => backend.loadAdapter({ bytes: broken }), "invalid_argument", `an adapter of ${broken.length} bytes`);
    }
    const reason = new Error("no more");
    const failure: unknown = await backend.loadAdapter({ bytes }, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error);
    demand(failure === reason, "loading after an abort to reject with its reason", String(failure));

    const other = await subject.open();
    try {
      const foreign = await other.loadAdapter({ bytes });
      await demandRefusal(() => backend.openSequence().forward([1], { adapters: [{ adapter: foreign, scale: 1 }] }), "invalid_argument", "an adapter of another backend");
    } finally {
      await other.close();
    }
    const adapter = await load(trial);
    await demandRefusal(() => backend.openSequence().forward([1], { adapters: [{ adapter, scale: NaN }] }), "invalid_argument", "a scale that is no number");
    adapter.release();
    adapter.release();
    await demandRefusal(() => backend.openSequence().forward([1], { adapters: [{ adapter, scale: 1 }] }), "failed_precondition", "a released adapter");
  },
};

const none: BackendCheck = {
  sentence: "adapters are refused with what the backend cannot do",
  hindrance: ({ backend }) => (backend.capabilities.adapters ? "it has adapters" : undefined),
  holds: ({ backend }) => demandRefusal(() => backend.loadAdapter({ bytes: new Uint8Array(8) }), "unimplemented", "an adapter", "backend"),
};

export const checksOfAdapters: readonly BackendCheck[] = [scaled, held, refusals, none];
