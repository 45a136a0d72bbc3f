/** Serves a page that streams the microphone and shows what is heard while you speak. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runProgram } from "@iftk/pages";
import { serveMicrophone } from "./serve-microphone.js";

await runProgram({
  about: "Serves a page that streams the microphone to this machine and shows what is heard while you speak.",
  async run(place) {
    const server = await serveMicrophone(fileURLToPath(new URL("./page/", import.meta.url)), place);
    process.stdout.write(`Speak at ${server.url}\n`);
    await server.closed;
  },
});
