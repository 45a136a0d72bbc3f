/** An implementation that hands its calls on. */
import type { AnyStage, Call, Mode } from "@iftk/core";
import type { AnyImplementation, AnyTask } from "@iftk/core/task";

/** What an implementation is made of. */
export interface ImplementationParts {
  readonly task: AnyTask;
  readonly given: readonly Mode[];
  /** The stage of a flavour; asked for once. */
  stageOf(mode: Mode): AnyStage;
  runBatch(inputs: readonly unknown[], call?: Partial<Call>): Promise<readonly unknown[]>;
  with(parameters: unknown): AnyImplementation;
}

/** The implementation with these parts. */
export function implementationBy(parts: ImplementationParts): AnyImplementation {
  const { task, given } = parts;
  const stages = new Map<Mode, AnyStage>();
  const stageIn = (mode: Mode): AnyStage => {
    const stage = stages.get(mode) ?? parts.stageOf(mode);
    stages.set(mode, stage);
    return stage;
  };
  return {
    task,
    given,
    get run() {
      return stageIn("unary");
    },
    get unary() {
      return stageIn("unary");
    },
    get outputStream() {
      return stageIn("output-stream");
    },
    get inputStream() {
      return stageIn("input-stream");
    },
    get bidi() {
      return stageIn("bidi");
    },
    runBatch: (inputs, call) => parts.runBatch(inputs, call),
    with: (parameters) => parts.with(parameters),
  };
}
