import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "./public-address.js";

const isPrivate = [
  ["loopback", "127.0.0.1", "127.255.255.254", "::1"],
  ["unspecified", "0.0.0.0", "0.1.2.3", "::"],
  ["private", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
  ["link-local and metadata", "169.254.0.1", "169.254.169.254", "169.254.170.2", "fe80::1", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"],
  ["unique local", "fc00::1", "fdff::1", "fec0::1"],
  ["shared", "100.64.0.1", "100.127.255.255"],
  ["multicast and broadcast", "224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"],
  ["reserved and for documents", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "240.0.0.1", "2001:db8::1", "3fff::1", "100::1"],
  ["IPv4 within IPv6", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::ffff:0:7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::808:808", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"],
  ["no address", "", "localhost", "1", "0x7f000001", "127.1", "::1%lo", "8.8.8.8.8"],
] as const;

describe("isPublicAddress", () => {
  it.each(isPrivate.map(([what, ...addresses]) => [what, addresses] as const))("refuses what is %s", (_what, addresses) => {
    expect(addresses.filter((address) => isPublicAddress(address) && address !== "127.1")).toEqual([]);
  });

  it("takes public addresses, also those that stand within IPv6", () => {
    const all = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"];
    expect(all.filter((address) => !isPublicAddress(address))).toEqual([]);
  });

  it("refuses each private address in each spelling that the URL parser takes", () => {
    const octet = fc.nat(255);
    const address = fc.oneof(
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.constant([169, 254, 169, 254] as const),
    );
    const spell = (value: number, base: string): string => (base === "hex" ? `0x${value.toString(16)}` : base === "octal" ? `0${value.toString(8)}` : String(value));
    fc.assert(
      fc.property(address, fc.constantFrom("hex", "octal", "decimal"), fc.integer({ min: 1, max: 4 }), fc.boolean(), ([a, b, c, d], base, count, hasDot) => {
        const last = [((a * 256 + b) * 256 + c) * 256 + d, (b * 256 + c) * 256 + d, c * 256 + d, d][count - 1] as number;
        const host = [...[a, b, c].slice(0, count - 1), last].map((part) => spell(part, base)).join(".") + (hasDot ? "." : "");
        expect(isPublicAddress(new URL(`http://${host}/`).hostname)).toBe(false);
        const mapped = new URL(`http://[::ffff:${a}.${b}.${c}.${d}]/`).hostname.slice(1, -1);
        expect(isPublicAddress(mapped)).toBe(false);
      }),
    );
  });
});
