/** Texts into tokens at once, although another thread makes them. */
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { StageError } from "@iftk/core";
import type { Backend } from "../backend.js";
import { errorOf, failureOf, type Failure } from "../backend-port/failure.js";

/** What the flag between both threads says. */
const state = { idle: 0, asked: 1, closed: 2 } as const;

/** The flag that both threads see. */
export type TokenizerFlag = Int32Array<SharedArrayBuffer>;

interface Question {
  readonly text: string;
  readonly special: boolean;
}

type Answer = { readonly tokens: Int32Array } | { readonly failure: Failure };

/** Answers what the other thread asks; the returned function ends it, also while that thread waits. */
export function serveTokenizer(tokenize: Backend["tokenize"], port: MessagePort, flag: TokenizerFlag): () => void {
  port.on("message", ({ text, special }: Question) => {
    let answer: Answer;
    try {
      answer = { tokens: tokenize(text, { special }) };
    } catch (error) {
      answer = { failure: failureOf(error) };
    }
    port.postMessage(answer);
    Atomics.compareExchange(flag, 0, state.asked, state.idle);
    Atomics.notify(flag, 0);
  });
  return () => {
    Atomics.store(flag, 0, state.closed);
    Atomics.notify(flag, 0);
    port.close();
  };
}

/** Asks the other thread and stands still until it answers; that thread waits for nothing meanwhile. */
export function tokenizerOver(port: MessagePort, flag: TokenizerFlag): Backend["tokenize"] {
  return (text, { special = false } = {}) => {
    if (Atomics.compareExchange(flag, 0, state.idle, state.asked) === state.idle) {
      port.postMessage({ text, special } satisfies Question);
      Atomics.wait(flag, 0, state.asked);
    }
    const answer = receiveMessageOnPort(port)?.message as Answer | undefined;
    if (!answer) throw new StageError("unavailable", "backend: it is served no more, as the program is over", { reason: "crashed" });
    if ("failure" in answer) throw errorOf(answer.failure);
    return answer.tokens;
  };
}
