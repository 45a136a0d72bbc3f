/** Which addresses of the internet protocol are open to everybody. */
import ipaddr from "ipaddr.js";

/** Addresses that look public, but at which clouds tell their machines secrets. */
const metadata: ReadonlySet<string> = new Set(["168.63.129.16"]);

/**
 * Whether the address is one of the public internet: not private, loopback, link-local, unique local, shared,
 * multicast, reserved or for metadata, nor an IPv6 form of an IPv4 address that is.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === "unicast" && !metadata.has(parsed.toString());
  const embedded = embeddedAddress(parsed);
  if (embedded) return isPublicAddress(embedded);
  return parsed.range() === "unicast" && isGlobal(parsed);
}

/** The IPv4 address that an IPv6 address stands for, mapped or by way of the well-known prefix of NAT64 (RFC 6052). */
function embeddedAddress(address: ipaddr.IPv6): string | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  const [first, second, ...rest] = address.parts;
  if (first !== 0x64 || second !== 0xff9b || rest.slice(0, 4).some((part) => part !== 0)) return undefined;
  return ipaddr.fromByteArray(address.toByteArray().slice(12)).toString();
}

/** Of all unicast addresses, 2000::/3 is what is given out (RFC 4291, section 2.4). */
function isGlobal(address: ipaddr.IPv6): boolean {
  return ((address.parts[0] ?? 0) & 0xe000) === 0x2000;
}
