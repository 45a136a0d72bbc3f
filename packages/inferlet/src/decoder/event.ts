/** What happens while a model replies. */

/** A piece of what the model says. */
export interface TextEvent {
  readonly type: "text";
  readonly text: string;
}
/** A piece of what it thinks before it says something. */
export interface ThinkingEvent {
  readonly type: "thinking";
  readonly text: string;
}
/** The end of a block of thinking, with all of it; it comes also for one that the end of the reply cut off. */
export interface ThinkingDoneEvent {
  readonly type: "thinking-done";
  readonly text: string;
}
/** A tool is being called. It comes once for each call, as soon as the name is known; without a name only before a call that turns out to be invalid. */
export interface ToolCallStartEvent {
  readonly type: "tool-call-start";
  readonly name?: string;
}
/** A piece of the JSON text of the arguments of the call that was started last. */
export interface ToolCallDeltaEvent {
  readonly type: "tool-call-delta";
  readonly text: string;
  /** With `previews`, what there is of the arguments, where that has changed. */
  readonly arguments?: unknown;
}
/** A whole call. */
export interface ToolCallEvent {
  readonly type: "tool-call";
  readonly name: string;
  /** A JSON object. */
  readonly arguments: unknown;
}
/** A call that cannot be made: malformed, cut off, or without a name. The model can be told of it. */
export interface ToolCallInvalidEvent {
  readonly type: "tool-call-invalid";
  readonly name?: string;
  /** What the model wrote as the call, without the marks around it. */
  readonly text: string;
  readonly message: string;
}
/** The end of the reply, exactly once and last. */
export interface DoneEvent {
  readonly type: "done";
  /** All that was said, without thinking and calls. */
  readonly text: string;
  /** Why it ended: `stop` where nothing else is known. */
  readonly reason: string;
}

/** One thing that happens while a model replies. */
export type Event = TextEvent | ThinkingEvent | ThinkingDoneEvent | ToolCallStartEvent | ToolCallDeltaEvent | ToolCallEvent | ToolCallInvalidEvent | DoneEvent;
