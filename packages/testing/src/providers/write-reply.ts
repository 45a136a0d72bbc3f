/** A reply written to its socket, piece by piece. */
import type { ServerResponse } from "node:http";
import { nextTurn } from "../turn.js";
import type { WireReply } from "./fake-reply.js";

/** Writes the reply: each piece by itself, in a turn of its own and when the one before it is on its way. Ends early when the client goes. */
export async function writeReply(response: ServerResponse, { status, headers, pieces, end }: WireReply, gone: AbortSignal): Promise<void> {
  // Each write waits for the phase after sockets are read: two between such reads would reach the client as one.
  await nextTurn();
  if (gone.aborted) return;
  response.writeHead(status, headers);
  response.flushHeaders();
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await unlessGone(iterator.next(), gone);
      if (result === undefined) return;
      if (result.done) break;
      if (result.value.length === 0) continue;
      await nextTurn();
      const isWritten = new Promise<true>((resolve) => void response.write(result.value, () => resolve(true)));
      if ((await unlessGone(isWritten, gone)) === undefined) return;
    }
  } finally {
    // Not awaited: a body that hangs does not answer.
    iterator.return?.().catch(() => {});
  }
  await nextTurn();
  if (end === "end") response.end();
  else if (end === "cut") response.socket?.destroySoon();
  else if (end === "reset") response.socket?.resetAndDestroy();
}

/** What the promise gives, or undefined as soon as the client is gone. */
export function unlessGone<T>(promise: T | PromiseLike<T>, gone: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(undefined);
    if (gone.aborted) return leave();
    gone.addEventListener("abort", leave, { once: true });
    const forget = (): void => gone.removeEventListener("abort", leave);
    Promise.resolve(promise).then(
      (value) => (forget(), resolve(value)),
      (error: unknown) => (forget(), reject(error)),
    );
  });
}
