/** Sources that are opened anew for each reading. */
import { pipe, StageError, unary, type Call, type Unary } from "@iftk/core";

/** Whether something gives what it has once only: iterators have `next`, web streams `getReader`, streams of Node `readableEnded`. To ask for its iterator would open it. */
export function isReadOnce(source: unknown): boolean {
  return typeof source === "object" && source !== null && ("next" in source || "getReader" in source || "readableEnded" in source);
}

/** Opens a source, as the function says or as it is. A function that gives again what can be read once only is refused, since its second reading would seem empty. */
export function openAnew<T>(source: T | ((call: Call) => T | Promise<T>)): Unary<undefined, T> {
  let before: WeakRef<object> | undefined;
  const open = unary((_: undefined, call): T | Promise<T> => (typeof source === "function" ? (source as (call: Call) => T | Promise<T>)(call) : source));
  const check = unary((opened: T) => {
    if (!isReadOnce(opened)) return opened;
    if (before?.deref() === opened) throw new StageError("failed_precondition", "the function that opens a source gave the stream that it gave before, which can be read once only; let it make a new one");
    before = new WeakRef(opened as object);
    return opened;
  });
  return pipe<[Unary<undefined, unknown>, Unary<unknown, T>]>(open, check as Unary<unknown, T>);
}
