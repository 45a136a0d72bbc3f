/** What handlers do when the server around them goes. */
import type { Handler } from "./web-exchange.js";

const hooks = new WeakMap<Handler, () => Promise<void>>();

/** The handler itself, whose function is called when its server begins to go. */
export function withDrain<H extends Handler>(handler: H, drain: () => Promise<void>): H {
  hooks.set(handler, drain);
  return handler;
}

/** What is to be called when the server of a handler begins to go. */
export function drainOf(handler: Handler): (() => Promise<void>) | undefined {
  return hooks.get(handler);
}
