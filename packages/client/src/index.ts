export { remote } from "./remote.js";
export type { Remote, RemoteParameters, RemoteStage } from "./remote.js";
export type { RemoteOptions } from "./call-server.js";
