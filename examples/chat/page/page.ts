/** The page: a conversation with the chat stage that the server serves. */
import { remote } from "@iftk/client";
import type { OutputStream } from "@iftk/core";
import type { ChatRequest, Part } from "@iftk/inference";
import { Conversation, type Turn } from "./conversation.js";
import { explainFailure } from "./failure.js";
import { followEnd } from "./follow-end.js";
import { TurnView, type Failure } from "./turn-view.js";

/** The server's stage, called like any other. */
const chat = remote<OutputStream<ChatRequest, Part>>("/chat");

const byId = <T extends HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found as T;
};

const log = byId("log");
const welcome = byId("welcome");
const composer = byId<HTMLFormElement>("composer");
const prompt = byId<HTMLTextAreaElement>("prompt");
const think = byId<HTMLButtonElement>("think");
const send = byId<HTMLButtonElement>("send");
const stop = byId<HTMLButtonElement>("stop");
const newConversation = byId<HTMLButtonElement>("new-conversation");
const status = byId("status");

const conversation = new Conversation();
const follow = followEnd(byId<HTMLButtonElement>("latest"));
let running: { readonly controller: AbortController; readonly view: TurnView } | undefined;

const say = (text: string): void => {
  status.textContent = text;
};

/** Touch keyboards would cover the reply, so only a fine pointer brings the focus back. */
function focusPrompt(): void {
  if (matchMedia("(pointer: coarse)").matches && !document.activeElement?.matches(":focus-visible")) prompt.blur();
  else prompt.focus({ preventScroll: true });
}

function setRunning(next: typeof running): void {
  const hadFocus = document.activeElement === stop || document.activeElement === send;
  running = next;
  send.hidden = next !== undefined;
  stop.hidden = next === undefined;
  if (hadFocus) focusPrompt();
}

function fitPrompt(): void {
  send.ariaDisabled = String(prompt.value.trim() === "");
  if (CSS.supports("field-sizing", "content")) return;
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight}px`;
}

/** The composer covers the end of the conversation when it grows. */
new ResizeObserver(() => {
  if (conversation.length > 0) follow.grew();
}).observe(composer);

async function answer(turn: Turn, view: TurnView): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  setRunning({ controller, view });
  say("The model is answering");
  let failure: { readonly error: unknown } | undefined;
  try {
    const request = conversation.requestFor(turn, { think: think.ariaPressed === "true" });
    for await (const part of chat(request, { signal })) view.show(part);
    await view.settled();
  } catch (error) {
    failure = { error };
  }
  if (running?.controller !== controller) return;
  if (signal.aborted) view.stop();
  else if (failure) view.fail(offer(turn, view, failure.error));
  else view.done();
  if (signal.aborted || !failure) turn.reply = view.text;
  setRunning(undefined);
  say(signal.aborted ? "Stopped" : failure ? "The reply failed" : `Reply: ${view.text}`);
}

/** What a failed reply says, and the way on from there. */
function offer(turn: Turn, view: TurnView, error: unknown): Failure {
  const { message, needsNewConversation } = explainFailure(error, conversation.length === 1);
  const retry = (): void => {
    if (running) return;
    view.begin();
    focusPrompt();
    void answer(turn, view);
  };
  const restart = (): void => {
    startOver();
    prompt.value = turn.prompt;
    fitPrompt();
  };
  return needsNewConversation ? { message, actionLabel: "New conversation", onAction: restart } : { message, actionLabel: "Retry", onAction: retry };
}

function ask(text: string): void {
  if (running || !text.trim()) return;
  welcome.hidden = true;
  newConversation.hidden = false;
  prompt.value = "";
  fitPrompt();
  follow.toEnd();
  focusPrompt();
  void answer(conversation.begin(text), new TurnView(log, text, follow.grew));
}

/** Ends what runs; the text that is on its way to the screen stays unsaid. */
function stopRunning(): void {
  running?.view.cut();
  running?.controller.abort();
}

function startOver(): void {
  stopRunning();
  setRunning(undefined);
  conversation.clear();
  log.replaceChildren();
  welcome.hidden = false;
  newConversation.hidden = true;
  say("New conversation");
  focusPrompt();
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(prompt.value.trim());
});
composer.addEventListener("click", (event) => {
  if (event.target === composer) prompt.focus();
});
prompt.addEventListener("input", fitPrompt);
prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask(prompt.value.trim());
});
byId("prompts").addEventListener("click", (event) => {
  if (event.target instanceof HTMLButtonElement) ask(event.target.textContent ?? "");
});
think.addEventListener("click", () => {
  think.ariaPressed = String(think.ariaPressed !== "true");
});
stop.addEventListener("click", stopRunning);
newConversation.addEventListener("click", startOver);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && running && !event.isComposing) stopRunning();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) running?.view.flush();
});

async function showModel(): Promise<void> {
  const answer = await fetch("/stats");
  const { model } = (await answer.json()) as { model?: unknown };
  if (typeof model === "string") byId("model").textContent = model;
}

fitPrompt();
showModel().catch(() => undefined);
