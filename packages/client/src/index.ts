export { remoteJob } from "./remote-job.js";
export type { RemoteJobOptions, RemoteJobStatus } from "./remote-job.js";
export { remote } from "./remote.js";
export type { Remote, RemoteParameters } from "./remote.js";
export type { RemoteOptions, WebSocketLike } from "./remote-options.js";
export { remoteTask } from "./remote-task.js";
export type { RemoteTaskOptions } from "./remote-task.js";
