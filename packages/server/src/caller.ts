/** Who waits for an answer and may leave. */
export interface Caller {
  readonly hasLeft: boolean;
  /** Sets what is called, once, when the caller leaves; undefined for nothing. */
  onLeave(leave: (() => void) | undefined): void;
}
