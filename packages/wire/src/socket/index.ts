export { bearerProtocol, protocolsOf, tokenOfProtocols } from "./bearer-protocol.js";
export type { MessageSocket, SocketHearer } from "./message-socket.js";
export { isCount, malformed, socketProtocol, socketVersion } from "./socket-codec.js";
export { SocketLink, tooLarge } from "./socket-link.js";
export type { LinkOptions, LinkOwner } from "./socket-link.js";
export type { Failure } from "./socket-receiver.js";
