/** What tests of a page need; read from source, never built. */
export { bundlePage } from "./bundle-page.js";
export type { BundledPage } from "./bundle-page.js";
export { findBrowser, hasBrowser, launchBrowser } from "./launch-browser.js";
export { startProgram } from "./start-program.js";
export type { Ended, StartedProgram } from "./start-program.js";
