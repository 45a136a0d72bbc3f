/** The page: the microphone, streamed to a stage on the server, and what that hears. */
import { remote } from "@iftk/client";
import { from } from "@iftk/core";
import type { detectSpeech } from "../detect-speech.js";
import { explainFailure } from "./failure.js";
import { openMicrophone, type Microphone } from "./microphone.js";
import { SpeechView } from "./speech-view.js";

/** The server's stage, called like any other. */
const detect = remote<typeof detectSpeech>("/speech", { mode: "bidi", idleTimeout: 10_000 });

type State = "idle" | "asking" | "listening" | "stopping" | "stopped" | "failed";
const statuses: Readonly<Record<State, string>> = {
  idle: "Press to start",
  asking: "Allow the microphone to go on",
  listening: "Listening; press to stop",
  stopping: "Stopping",
  stopped: "Stopped; press to start again",
  failed: "Press to try again",
};

const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
};
const [toggle, status, failure] = [byId("toggle"), byId("status"), byId("failure")];
const view = new SpeechView(byId("strip"), byId("heard"));
let microphone: Microphone | undefined;

function enter(state: State, message = ""): void {
  document.body.dataset["state"] = state;
  const isOn = state === "listening" || state === "stopping";
  toggle.ariaPressed = String(isOn);
  toggle.ariaDisabled = String(state === "asking" || state === "stopping");
  status.textContent = statuses[state];
  failure.textContent = message;
  failure.hidden = message === "";
}

async function listen(): Promise<void> {
  enter("asking");
  try {
    microphone = await openMicrophone();
    view.clear();
    enter("listening");
    for await (const event of detect(from(microphone.blocks), { signal: microphone.failed })) view.show(event);
    enter("stopped");
  } catch (error) {
    view.cut();
    enter("failed", explainFailure(error));
  } finally {
    microphone?.stop();
    microphone = undefined;
  }
}

toggle.addEventListener("click", () => {
  const { state } = document.body.dataset;
  if (state === "listening") {
    enter("stopping");
    microphone?.stop();
  } else if (state !== "asking" && state !== "stopping") void listen();
});
enter("idle");
