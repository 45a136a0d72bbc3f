/** The process of an engine: `@iftk/llama/isolation`. */
import process from "node:process";
import { StageError } from "@iftk/core";
import { factsOf, failureOf, serveBackend, type BackendPort } from "@iftk/inferlet/backend-port";
import { openLlama } from "../llama-backend.js";
import type { EngineNews, EngineOrder } from "./process-message.js";

/** The events of a process by those of a port. */
const events = { message: "message", messageerror: "error", close: "disconnect" } as const;

const parent: BackendPort = {
  postMessage: (message) => void process.send?.(message, undefined, undefined, () => {}), // a parent that is gone ends this process
  on: (event, listener) => process.on(events[event], listener),
  off: (event, listener) => process.off(events[event], listener),
};

/**
 * Opens the model that the parent names and serves it; `openIsolatedLlama` has its processes call it. The process ends with its parent.
 *
 * @throws StageError `failed_precondition` where no parent listens.
 */
export function serveEngine(): void {
  if (!process.send) throw new StageError("failed_precondition", "llama: serveEngine is for processes that openIsolatedLlama starts");
  // Native code may be at work on other threads, which an orderly exit would pull the ground from under.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  // Those that reach the whole group are for the parent to act on, which may want to finish what runs.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  process.once("message", (order: EngineOrder) => void open(order));
}

async function open({ options, tells }: EngineOrder): Promise<void> {
  const tell = (news: EngineNews): void => parent.postMessage(news, []);
  try {
    const backend = await openLlama({
      ...options,
      ...(tells.progress && { onProgress: (fraction) => tell({ news: "progress", fraction }) }),
      ...(tells.log && { onLog: (level, line) => tell({ news: "log", level, line }) }),
    });
    serveBackend(backend, parent);
    tell({ news: "opened", facts: factsOf(backend) });
  } catch (error) {
    tell({ news: "refused", failure: failureOf(error) });
  }
}
