/** Where tasks are served over HTTP. */
import type { Mode } from "@iftk/core";

const prefixes: Readonly<Record<Mode, string>> = { unary: "", "output-stream": "server-streaming-", "input-stream": "client-streaming-", bidi: "bidi-streaming-" };

/** The path of a task in a mode, without a slash in front: the first two are called with POST, the others over a WebSocket. */
export function taskPath(name: string, mode: Mode): string {
  return `api/v1/task/${prefixes[mode]}${name}`;
}
