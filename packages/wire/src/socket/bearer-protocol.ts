/** Tokens as WebSocket subprotocols: a browser can send no header with a WebSocket. */

const prefix = "iftk.bearer.";

/** The subprotocol that carries a bearer token (RFC 6750); a server never chooses it. */
export function bearerProtocol(token: string): string {
  return prefix + btoa(token).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The token among the subprotocols of a `sec-websocket-protocol` header; undefined where there is none that can be read. */
export function tokenOfProtocols(header: string): string | undefined {
  const protocol = protocolsOf(header).find((name) => name.startsWith(prefix));
  try {
    return protocol && atob(protocol.slice(prefix.length).replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}

/** The subprotocols that a `sec-websocket-protocol` header names. */
export function protocolsOf(header: string): readonly string[] {
  return header.split(",").map((name) => name.trim());
}
