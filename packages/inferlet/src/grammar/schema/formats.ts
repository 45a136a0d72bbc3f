/** The formats of strings that JSON Schema names, as regular expressions for whole strings. */

const date = String.raw`(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)`;
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+\-](?:[01]\d|2[0-3]):[0-5]\d)`;

const label = String.raw`[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?`;
const atom = String.raw`[A-Za-z0-9!#$%&'*+\/=?^_\x60{|}~\-]+`;

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;

const escaped = "%[0-9A-Fa-f]{2}";
const userCharacter = String.raw`(?:[A-Za-z0-9._~!$&'()*+,;=:\-]|${escaped})`;
const hostCharacter = String.raw`(?:[A-Za-z0-9._~!$&'()*+,;=\-]|${escaped})`;
const pathCharacter = String.raw`(?:[A-Za-z0-9._~!$&'()*+,;=:@\-]|${escaped})`;
const path = String.raw`${pathCharacter}+(?:\/${pathCharacter}*)*`;
const rest = String.raw`(?:[A-Za-z0-9._~!$&'()*+,;=:@\/?\-]|${escaped})*`;

/**
 * Patterns of the formats that can be held: `date`, `time` and `date-time` of RFC 3339 without leap
 * seconds, with the days that months have; hosts of up to 253 characters; `uri` without IPv6 addresses.
 */
export const formatPatterns: ReadonlyMap<string, string> = new Map([
  ["date", date],
  ["time", time],
  ["date-time", `${date}T${time}`],
  ["email", String.raw`${atom}(?:\.${atom})*@(?:${label}\.)+${label}`],
  ["hostname", String.raw`${label}(?:\.${label})*`],
  ["ipv4", String.raw`${octet}(?:\.${octet}){3}`],
  ["uuid", "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"],
  ["uri", String.raw`[A-Za-z][A-Za-z0-9+.\-]*:(?:\/\/(?:${userCharacter}*@)?${hostCharacter}*(?::\d*)?(?:\/${pathCharacter}*)*|\/(?:${path})?|${path})(?:\?${rest})?(?:#${rest})?`],
]);

/** Characters that a string of a format has at most, where the format says so. */
export const formatLengths: ReadonlyMap<string, number> = new Map([["hostname", 253]]);
