/** Serves a page on which to talk with a model that runs here. */
import process from "node:process";
import { listen } from "@iftk/server";
import { tinyModelPath } from "@iftk/tiny-model";
import { createApp } from "./app.js";

const help = `Serves a page on which to talk with a language model that runs on this machine.

  PORT        port to listen at; 3000 without it, 0 for any free one
  HOST        address to listen at; 127.0.0.1 without it
  IFTK_MODEL  path of a GGUF file to load in place of the embedded model`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function portFrom(text: string): number {
  const port = Number(text);
  if (text.trim() === "" || !Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT is "${text}", which is not a port: give a whole number from 0 to 65535.`);
  return port;
}

async function main(): Promise<void> {
  const { PORT = "3000", HOST = "127.0.0.1", IFTK_MODEL: modelPath = tinyModelPath } = process.env;
  const port = portFrom(PORT);
  const app = await createApp({ modelPath });
  const server = await listen(app.handler, { port, host: HOST }).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });

  const leave = async (): Promise<void> => {
    await server.close();
    await app.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void leave().then(() => process.exit(0), fail));
  }
  print(`${app.model} is ready at ${server.url}`);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

if (process.argv.includes("--help") || process.argv.includes("-h")) print(help);
else await main().catch(fail);
