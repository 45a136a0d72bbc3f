/** Connections to public addresses alone. */
import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import { StageError } from "@iftk/core";
import { Agent } from "undici";
import { isPublicAddress } from "./public-address.js";

type Lookup = typeof lookup;

/** The error for a host that is refused; it does not tell what the name leads to. */
export function refusedHost(host: string): StageError {
  return new StageError("permission_denied", `the host ${JSON.stringify(host.slice(0, 253))} is at an address that is not public: what comes from outside may not lead there; set allowPrivate where it may`, { reason: "private-address" });
}

/**
 * Looks a name up and gives its addresses when all of them are public. The connection is made to what was checked here,
 * so a name that leads elsewhere a moment later changes nothing.
 */
export function publicLookup(resolve: Lookup = lookup) {
  return function publicLookup(host: string, options: LookupOptions, callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void): void {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const [first] = error ? [] : addresses;
      if (!first) return callback(error ?? refusedHost(host), []);
      if (!addresses.every(({ address }) => isPublicAddress(address))) return callback(refusedHost(host), []);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Connections that nobody who names a URL can lead to a private address; those to an address without a name are the caller's to check. */
export function guardedAgent(resolve?: Lookup): Agent {
  return new Agent({ connect: { lookup: publicLookup(resolve), timeout: 10_000 }, connections: 16, keepAliveTimeout: 1000 });
}
