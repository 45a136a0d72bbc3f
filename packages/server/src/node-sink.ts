/** Text written to a response of node:http, what comes in quick succession as one write. */
import type { ServerResponse } from "node:http";
import { createGate } from "./gate.js";
import type { TextSink } from "./stage-run.js";

/** Characters that are gathered at most before they are written. */
const batchSize = 2 ** 14;

/** Milliseconds between two writes; what comes sooner is gathered, so that a fast model does not wake its client for each token. */
const writeInterval = 4;

export interface NodeSink extends TextSink {
  /** Writes what is gathered and ends the response. */
  end(): void;
}

/** A sink over a response whose head is written. Its writer waits while the connection takes no more, and no longer than the connection lasts. */
export function nodeSink(response: ServerResponse): NodeSink {
  const gate = createGate();
  let text = "";
  let isScheduled = true;
  let lastWrite = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    const batch = text;
    text = "";
    lastWrite = performance.now();
    if (batch !== "" && !response.destroyed) response.write(batch);
  }
  function endTurn(): void {
    isScheduled = false;
    if (response.writableEnded) return;
    flush();
  }

  response.on("drain", gate.open);
  response.on("close", () => {
    clearTimeout(timer);
    gate.open();
  });
  // The head goes out with the first text if there is any in this turn.
  process.nextTick(() => {
    if (text === "" && !response.writableEnded && !response.destroyed) response.flushHeaders();
    endTurn();
  });
  return {
    write(more) {
      text += more;
      if (text.length >= batchSize) {
        flush();
        // A stage that is always ready would keep the event loop from turning.
        if (!response.writableNeedDrain || response.destroyed) return new Promise((resolve) => void setImmediate(resolve));
      } else if (!isScheduled) {
        isScheduled = true;
        const wait = lastWrite + writeInterval - performance.now();
        if (wait > 0) timer = setTimeout(endTurn, wait);
        // After the next token is asked for: the write then goes on beside its computation.
        else process.nextTick(setImmediate, endTurn);
      }
      return response.writableNeedDrain && !response.destroyed ? gate.wait() : undefined;
    },
    end() {
      clearTimeout(timer);
      if (response.destroyed) return;
      const batch = text;
      text = "";
      response.end(batch);
    },
  };
}
