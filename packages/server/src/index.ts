export { listen } from "./listen.js";
export type { CloseOptions, Listening, ListenOptions } from "./listen.js";
export { toNodeListener } from "./node-listener.js";
export type { NodeListener, NodeListenerOptions } from "./node-listener.js";
export { serve } from "./serve.js";
export type { ServeOptions } from "./serve.js";
export type { RunName } from "./stage-run.js";
export type { Handler } from "./web-exchange.js";
