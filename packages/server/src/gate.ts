/** A place to wait until someone opens it. */
export interface Gate {
  /** Resolves at the next `open`; all who wait share one promise. */
  wait(): Promise<void>;
  open(): void;
}

/** Gives a gate that is shut for whoever comes, until it is opened for those who wait. */
export function createGate(): Gate {
  let waiting: Promise<void> | undefined;
  let resolve: (() => void) | undefined;
  return {
    wait: () => (waiting ??= new Promise<void>((done) => (resolve = done))),
    open() {
      const done = resolve;
      waiting = undefined;
      resolve = undefined;
      done?.();
    },
  };
}
