/** Encryption of a server, and certificates of its clients. */
import type { ServerOptions } from "node:https";
import { StageError } from "@iftk/core";

/** A key or certificate in the PEM format. */
type Pem = string | Uint8Array;

export interface TlsOptions {
  readonly key: Pem;
  /** The certificate, followed by those that lead to its root. */
  readonly cert: Pem;
  /** The roots of the certificates of clients. */
  readonly ca?: Pem | readonly Pem[];
  /** Whether a client must show a certificate of one of the roots, or may; one that shows another is cut off. No certificate is asked for without it. */
  readonly clientCertificates?: "required" | "optional";
}

/** The options for node:https: HTTP/2 where the client knows it, otherwise HTTP/1.1. Throws StageError `invalid_argument` where certificates are asked for without a root. */
export function httpsOptions({ key, cert, ca, clientCertificates }: TlsOptions): ServerOptions {
  if (clientCertificates && (ca === undefined || ca.length === 0)) {
    // Without a root of its own, node would take a certificate of any public authority.
    throw new StageError("invalid_argument", "tls: clientCertificates needs ca, the roots that their certificates must come from.");
  }
  return {
    key: bufferOf(key),
    cert: bufferOf(cert),
    ALPNProtocols: ["h2", "http/1.1"],
    requestCert: clientCertificates !== undefined,
    rejectUnauthorized: clientCertificates === "required",
    ...(ca === undefined ? {} : { ca: Array.isArray(ca) ? ca.map((each: Pem) => bufferOf(each)) : bufferOf(ca as Pem) }),
  };
}

function bufferOf(pem: Pem): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem);
}
