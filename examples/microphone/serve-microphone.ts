/** The page, and the stage that it streams to, at one port. */
import { listen, serve, toNodeListener, type Listening, type ListenOptions } from "@iftk/server";
import { detectSpeech } from "./detect-speech.js";
import { staticFiles } from "./static-files.js";

/** Serves the page that was built into the folder, and `detectSpeech` to WebSockets at `/speech`. */
export async function serveMicrophone(pageDirectory: string, options: ListenOptions): Promise<Listening> {
  const page = toNodeListener(await staticFiles(pageDirectory));
  // Requests get the page; what is behind it takes the sockets.
  return listen(serve({ speech: detectSpeech }), { ...options, front: () => page });
}
