/** Text written to a response of node:http, the writes of one turn as one. */
import type { ServerResponse } from "node:http";
import { createGate } from "./gate.js";
import type { TextSink } from "./stage-run.js";

/** Characters that are gathered at most before they are written. */
const batchSize = 2 ** 14;

export interface NodeSink extends TextSink {
  /** Writes what is gathered and ends the response. */
  end(): void;
}

/** A sink over a response whose head is written. Its writer waits while the connection takes no more, and no longer than the connection lasts. */
export function nodeSink(response: ServerResponse): NodeSink {
  const gate = createGate();
  let text = "";
  let isScheduled = true;

  function flush(): void {
    const batch = text;
    text = "";
    if (batch !== "" && !response.destroyed) response.write(batch);
  }
  function endTurn(): void {
    isScheduled = false;
    if (response.writableEnded) return;
    flush();
  }

  response.on("drain", gate.open);
  response.on("close", gate.open);
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
        process.nextTick(setImmediate, endTurn);
      }
      return response.writableNeedDrain && !response.destroyed ? gate.wait() : undefined;
    },
    end() {
      if (response.destroyed) return;
      const batch = text;
      text = "";
      response.end(batch);
    },
  };
}
