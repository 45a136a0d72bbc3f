/** Runs as response bodies: a Web stream for everyone, and the run itself for an adapter that can write text directly. */
import { createGate } from "./gate.js";
import type { StageRun, TextSink } from "./stage-run.js";

const runs = new WeakMap<Response, StageRun>();

/** A response whose body is the frames of the run. Nothing is pulled from the stage past the first value before the body is read. */
export function runResponse(run: StageRun, headers: Readonly<Record<string, string>>): Response {
  const response = new Response(webBody(run), { headers });
  runs.set(response, run);
  return response;
}

/** The run that a response is to write, if it is one that `serve` gave. Whoever takes it leaves the response's body alone. */
export function runOf(response: Response): StageRun | undefined {
  return runs.get(response);
}

function webBody(run: StageRun): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gate = createGate();
  let isStarted = false;
  let isCanceled = false;
  let isWanted = false;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        isWanted = true;
        gate.open();
        if (isStarted) return;
        isStarted = true;
        const sink: TextSink = {
          write(text) {
            if (isCanceled) return undefined;
            isWanted = false;
            controller.enqueue(encoder.encode(text)); // may call pull before it returns
            return isWanted ? undefined : gate.wait();
          },
        };
        void run.writeTo(sink).then(() => {
          if (!isCanceled) controller.close();
        });
      },
      cancel() {
        isCanceled = true;
        run.cancel();
        gate.open();
      },
    },
    { highWaterMark: 0 },
  );
}
