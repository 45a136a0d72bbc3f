/** Clients in a process of their own: their work is not the server's. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { documentPath } from "../documents.js";
import type { Drive, Driven } from "./wires-drive.js";

/** Clients that do one thing at a time. */
export interface Clients extends AsyncDisposable {
  drive(drive: Drive): Promise<Driven>;
}

/** Starts their process. */
export async function startClients(): Promise<Clients> {
  const { outputFiles } = await build({
    entryPoints: [documentPath("packages/bench/src/suites/wires-driver.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    write: false,
    logLevel: "silent",
  });
  const child = spawn(process.execPath, ["--input-type=module", "-e", outputFiles[0]?.text ?? ""], { stdio: ["pipe", "pipe", "inherit"] });
  const exit = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async drive(drive) {
      child.stdin.write(`${JSON.stringify(drive)}\n`);
      const { done, value } = await lines.next();
      const said = (done ? { failed: "their process ended" } : JSON.parse(value)) as Driven & { readonly failed?: string };
      if (said.failed !== undefined) throw new Error(`the clients failed: ${said.failed}`);
      return said;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exit;
    },
  };
}
