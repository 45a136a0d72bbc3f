export { connectFront } from "./connect-front.js";
export type { ConnectFront, ConnectFrontOptions } from "./connect-front.js";
export { connectListener } from "./connect-listener.js";
export type { ConnectListener, ConnectListenerOptions } from "./connect-listener.js";
export { connectRoutes } from "./connect-routes.js";
export type { ConnectRoutes, ConnectRoutesOptions } from "./connect-routes.js";
export type { ConnectService } from "./connect-service.js";
