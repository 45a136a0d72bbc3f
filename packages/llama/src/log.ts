/** What llama.cpp logs, given to whoever listens; it is one log for the whole process. */
import koffi from "koffi";
import type { LlamaLibrary } from "./library.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** A whole line that llama.cpp logged, without its line end. */
export type LogListener = (level: LogLevel, line: string) => void;

const levels: Readonly<Record<number, LogLevel>> = { 1: "debug", 2: "info", 3: "warn", 4: "error" };
const longestLine = 10_000;

const listeners = new Set<LogListener>();
let callback: bigint | undefined;
let level: LogLevel = "info";
let line = "";

/** Hears the log until the returned function is called. While nobody listens the log costs nothing. */
export function listenToLog(library: LlamaLibrary, listener: LogListener): () => void {
  // Its own entry: the same function may listen for two models.
  const entry: LogListener = (level, line) => listener(level, line);
  callback ??= koffi.register(receive, koffi.pointer(koffi.proto("void", ["int", "str", "void *"])));
  if (listeners.size === 0) library.logSet(callback, null);
  listeners.add(entry);
  return () => {
    if (listeners.delete(entry) && listeners.size === 0) library.logSet(library.system.abs, null);
  };
}

/** Hears why llama.cpp refuses something: the first error says it, those after it only that it failed. */
export function hearErrors(library: LlamaLibrary): { readonly reason: () => string; readonly stop: () => void } {
  let first: string | undefined;
  const stop = listenToLog(library, (level, line) => {
    if (level === "error") first ??= line;
  });
  return { reason: () => (first ?? "no reason was given").replace(/^\w+: /, "").replace(/^error loading model: /, ""), stop };
}

/** Takes a piece of the log, which may be a part of a line or several. Nothing may be thrown into native code. */
function receive(number: number, text: string | null): void {
  level = levels[number] ?? level;
  const lines = (line + (text ?? "")).split("\n");
  line = (lines.pop() ?? "").slice(0, longestLine);
  for (const whole of lines) {
    if (whole === "") continue;
    for (const listener of listeners) {
      try {
        listener(level, whole);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
