/** The messaging of the program that runs now. */
import type { Topics } from "../messaging/messaging.js";
import { currentSession } from "../session/current-session.js";
import { inProgram } from "./in-program.js";

/**
 * The queues and broadcasts that the program which uses it shares with others; what it waits for, and its subscriptions, end with the program.
 *
 * Each use of it fails with StageError `failed_precondition` outside of programs, where the runtime has no messaging, and in browsers.
 */
export const messaging: Topics = {
  push: (topic, message, options) => inProgram(({ runtime }) => runtime.messaging.push(topic, message, options)),
  pull: (topic, options) => inProgram(({ runtime }) => runtime.messaging.pull(topic, options)),
  broadcast: (topic, message) => inProgram(({ runtime }) => runtime.messaging.broadcast(topic, message)),
  subscribe: (topic, options) => currentSession().runtime.messaging.subscribe(topic, options),
};
