/** The page, and the stage that it streams to, at one port. */
import { staticFiles } from "@iftk/pages";
import { listen, serve, type Listening, type ListenOptions } from "@iftk/server";
import { detectSpeech } from "./detect-speech.js";

/** Serves the page that was built into the folder, and `detectSpeech` to WebSockets at `/speech`. */
export async function serveMicrophone(pageDirectory: string, options: ListenOptions): Promise<Listening> {
  const page = await staticFiles(pageDirectory, { permissionsPolicy: "microphone=(self)" });
  return listen(serve({ speech: detectSpeech }, { fallback: page }), options);
}
