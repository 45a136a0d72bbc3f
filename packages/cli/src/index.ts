/** The `iftk` command as a function. */
export type { Host, HostOutput } from "./host.js";
export { main } from "./main.js";
