/** Serves a page that streams the microphone and shows what is heard while you speak. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { serveMicrophone } from "./serve-microphone.js";

const { PORT = "3000", HOST = "127.0.0.1" } = process.env;

const server = await serveMicrophone(fileURLToPath(new URL("./page/", import.meta.url)), { port: Number(PORT), host: HOST, drainOn: ["SIGINT", "SIGTERM"] });
process.stdout.write(`Speak at ${server.url}\n`);
await server.closed;
