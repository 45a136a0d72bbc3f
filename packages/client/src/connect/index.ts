export { connectTask } from "./connect-task.js";
export type { ConnectTaskOptions } from "./connect-task.js";
