/** The token that a caller presents. */
import { tokenOfProtocols } from "@iftk/wire/socket";
import { bearerToken } from "./bearer-check.js";
import type { Asked } from "./exchange.js";

/** The bearer token of a request: from its `authorization` header, or from the subprotocols of a WebSocket, with which a browser can send no header. */
export function tokenOf(asked: Pick<Asked, "header">): string | undefined {
  return bearerToken(asked.header("authorization")) ?? tokenOfProtocols(asked.header("sec-websocket-protocol") ?? "");
}
