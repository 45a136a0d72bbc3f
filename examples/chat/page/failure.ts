/** What the page says about an error, and what it offers. */
import { StageError } from "@iftk/core";

/** An error in words for the person at the page. */
export interface Explained {
  readonly message: string;
  /** Whether only a new conversation helps; otherwise the same request may be tried again. */
  readonly needsNewConversation: boolean;
}

/** Says kindly what an error means; `isFirstTurn` tells a long prompt from a long conversation. */
export function explainFailure(error: unknown, isFirstTurn: boolean): Explained {
  const { code, reason, message } = StageError.from(error);
  if (reason === "context-length" || reason === "too-large") {
    const what = isFirstTurn ? "This message is longer than the model can read. Start again with a shorter one." : "This conversation has grown longer than the model can read. A new one starts with your last message.";
    return { message: what, needsNewConversation: true };
  }
  const retry = (words: string): Explained => ({ message: words, needsNewConversation: false });
  if (reason === "truncated") return retry("The reply broke off before its end.");
  if (code === "resource_exhausted" || reason === "overloaded") return retry("The model is busy with other conversations. Try again in a moment.");
  if (code === "unavailable") return retry("The server cannot be reached. Is it still running?");
  if (code === "deadline_exceeded") return retry("The model took too long to answer.");
  return retry(message || "Something went wrong.");
}
