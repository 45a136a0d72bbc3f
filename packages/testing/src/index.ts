export { countedAbort, turns } from "./signals.js";
export type { CountedAbort } from "./signals.js";
export { failing, feed, hang, tracked } from "./sources.js";
export type { Tracked } from "./sources.js";
export { stageLaws } from "./stage-laws.js";
export type { LawSubject } from "./stage-laws.js";
