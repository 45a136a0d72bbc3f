/** The model's chat stage in forms that tests can steer. */
import { outputStream, type OutputStream } from "@iftk/core";
import type { ChatRequest, Part } from "@iftk/inference";
import type { openLlama } from "@iftk/llama";
import { statisticsOf } from "./statistics.js";

type Backend = Awaited<ReturnType<typeof openLlama>>;
type ChatStage = OutputStream<ChatRequest, Part>;

/** Answers again and again, so that a generation lasts until someone stops it. */
export const endless = (chat: ChatStage): ChatStage =>
  outputStream(async function* endless(request: ChatRequest, call) {
    for (;;) for await (const part of chat(request, call)) if (part.type !== "finish") yield part;
  });

/** Lets no call begin before `count` calls are there. */
export function together(chat: ChatStage, count: number): ChatStage {
  let open: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let arrived = 0;
  return outputStream(async function* together(request: ChatRequest, call) {
    arrived += 1;
    if (arrived === count) open?.();
    await gate;
    yield* chat(request, call);
  });
}

/** The stage, and the number of decodes at the moment each of its calls was cancelled. */
export function watched(chat: ChatStage, backend: Backend): { readonly chat: ChatStage; readonly decodesAtCancel: number[] } {
  const decodesAtCancel: number[] = [];
  const stage = outputStream(async function* watched(request: ChatRequest, call) {
    call.signal.addEventListener("abort", () => decodesAtCancel.push(backend.statistics.decodes), { once: true });
    yield* chat(request, call);
  });
  return { chat: stage, decodesAtCancel };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Resolves when the condition holds; it is asked once per turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** How many passes ran after the call was cancelled: until all sequences were given back, and in many turns after that. */
export async function decodesAfterCancel(backend: Backend, decodesAtCancel: readonly number[]): Promise<number> {
  await until(() => decodesAtCancel.length > 0 && statisticsOf(backend).sequences === 0);
  for (let turns = 0; turns < 2000; turns++) await turn();
  return backend.statistics.decodes - (decodesAtCancel[0] ?? 0);
}
