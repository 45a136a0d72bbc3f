/** Stages that run in another thread: a name on one side, a stage of the same mode on the other. */
import { StageError } from "./error.js";
import { start, stepsOf, type Transform } from "./run.js";
import { createStage, type AnyStage, type Bidi, type InputOf, type InputStream, type OutputOf, type OutputStream, type Unary } from "./stage.js";
import type { Call, Stream } from "./stream.js";
import { checkOptions, Duplex, type WorkerOptions } from "./worker-duplex.js";
import { linkOver, toFields, type Frame, type WorkerPort } from "./worker-link.js";

const door = "stages";

/** A stage of the mode and types of `S`. */
export type WorkerStage<S extends AnyStage> = {
  readonly unary: Unary<InputOf<S>, OutputOf<S>>;
  readonly "output-stream": OutputStream<InputOf<S>, OutputOf<S>>;
  readonly "input-stream": InputStream<InputOf<S>, OutputOf<S>>;
  readonly bidi: Bidi<InputOf<S>, OutputOf<S>>;
}[S["mode"]];

/** Stages that are served. */
export interface ServedStages extends AsyncDisposable {
  /** Takes no more calls and closes those that run. */
  close(): Promise<void>;
}

/**
 * Serves stages to the other end of a port, by name. A call that ends there ends here, and the other way round.
 *
 * @throws StageError `failed_precondition` when stages are already served on the port, `invalid_argument` for what is no stage.
 */
export function serveStages(port: WorkerPort, stages: Readonly<Record<string, AnyStage>>, options: WorkerOptions = {}): ServedStages {
  for (const stage of Object.values(stages)) stepsOf(stage);
  checkOptions(options);
  const link = linkOver(port);
  const calls = new Set<Duplex>();
  const gone = new StageError("unavailable", "worker: the stages are no longer served", { reason: "truncated" });

  const open = ({ id, stage: name, mode, deadline }: Extract<Frame, { kind: "open" }>): void => {
    const stage = Object.hasOwn(stages, name) ? stages[name] : undefined;
    const answer = `${id}<`;
    if (stage?.mode !== mode) {
      const error = new StageError(stage ? "invalid_argument" : "not_found", stage ? `worker: ${name} is ${stage.mode}, not ${mode}` : `worker: no stage ${name} is served; there are ${Object.keys(stages).join(", ")}`);
      link.send(answer, { kind: "error", error: toFields(error) });
      return;
    }
    const call: Duplex = new Duplex(
      (input) => start(stepsOf(stage), input, { deadline }),
      (frame, transfer) => link.send(answer, frame, transfer),
      options,
      (half) => {
        if (half === "received") return;
        calls.delete(call);
        stop();
      },
    );
    calls.add(call);
    const stop = link.listen(`${id}>`, {
      hear: call.hear,
      fail: (error) => {
        call.fail(error);
        void call.close(error);
      },
    });
  };

  const shut = link.listen(door, { hear: (frame) => void (frame.kind === "open" && open(frame)), fail: () => {} });
  const close = async (): Promise<void> => {
    shut();
    await Promise.all([...calls].map((call) => call.close(gone)));
  };
  return { close, [Symbol.asyncDispose]: close };
}

/**
 * The stage that the other end of a port serves under a name: `workerStage<typeof chat>(port, "chat", "output-stream")`.
 *
 * The deadline of a call goes with it, its `values` do not. Its errors are those of the stage without their cause. Beyond them it throws StageError `not_found` when there is none
 * of this name, `invalid_argument` for a value that cannot be sent, and `unavailable` with reason `truncated` when the thread is gone.
 */
export function workerStage<S extends AnyStage>(port: WorkerPort, name: string, mode: S["mode"], options: WorkerOptions = {}): WorkerStage<S> {
  checkOptions(options);
  const run: Transform<unknown, unknown> = (input: Stream<unknown>, { deadline }: Call) => ({
    [Symbol.asyncIterator]() {
      const link = linkOver(port);
      const id = link.newKey();
      const call = new Duplex(
        () => input,
        (frame, transfer) => link.send(`${id}>`, frame, transfer),
        options,
        (half) => {
          if (half === "received") stop();
        },
      );
      const stop = link.listen(`${id}<`, call);
      link.send(door, { kind: "open", id, stage: name, mode, deadline });
      return call.incoming[Symbol.asyncIterator]();
    },
  });
  return createStage(mode, name, [], [run as Transform<never, unknown>], `runs in another thread${options.ahead ? `, up to ${options.ahead} values ahead` : ""}`) as unknown as WorkerStage<S>;
}
