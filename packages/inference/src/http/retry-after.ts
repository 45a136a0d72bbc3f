/** When a provider says that another try may succeed. */
import { headerOf, type HeaderSource } from "./headers.js";

/**
 * Milliseconds to wait before another try, or undefined where the headers do not say.
 *
 * It reads `retry-after-ms`, `retry-after` in seconds or as an HTTP date, and else when the rate limits that providers
 * tell of are full again: those that are spent, or the first of them where none says that it is.
 * What is past is 0; what makes no sense is left out. `now` is in milliseconds since the epoch.
 */
export function retryAfterOf(headers: HeaderSource | undefined, now: number = Date.now()): number | undefined {
  return askedFor(headers, now) ?? untilReset(headers, now);
}

/** What the provider asks for in so many words. */
export function askedFor(headers: HeaderSource | undefined, now: number): number | undefined {
  const after = headerOf(headers, "retry-after");
  return inUnits(headerOf(headers, "retry-after-ms"), 1) ?? inUnits(after, 1000) ?? untilDate(after, now);
}

const limits = [
  ...["requests", "tokens"].map((of) => ({ remaining: `x-ratelimit-remaining-${of}`, reset: `x-ratelimit-reset-${of}` })),
  ...["requests", "tokens", "input-tokens", "output-tokens", "unified"].map((of) => ({ remaining: `anthropic-ratelimit-${of}-remaining`, reset: `anthropic-ratelimit-${of}-reset` })),
  { remaining: "x-ratelimit-remaining", reset: "x-ratelimit-reset" },
  { remaining: "ratelimit-remaining", reset: "ratelimit-reset" },
];

function untilReset(headers: HeaderSource | undefined, now: number): number | undefined {
  const resets = limits.flatMap(({ remaining, reset }) => {
    const text = headerOf(headers, reset);
    const wait = inParts(text) ?? untilDate(text, now) ?? untilSecond(text, now);
    const left = headerOf(headers, remaining);
    return wait === undefined ? [] : [{ wait, isSpent: left !== undefined && Number(left) <= 0 }];
  });
  const spent = resets.filter(({ isSpent }) => isSpent);
  if (spent.length > 0) return Math.max(...spent.map(({ wait }) => wait));
  return resets.length > 0 ? Math.min(...resets.map(({ wait }) => wait)) : undefined;
}

const inBounds = (milliseconds: number): number => Math.min(Math.max(0, Math.ceil(milliseconds)), Number.MAX_SAFE_INTEGER);

/** A number of units, be it a fraction. */
function inUnits(text: string | undefined, unit: number): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(trimmed) ? inBounds(Number(trimmed) * unit) : undefined;
}

/** Up to a date of HTTP or RFC 3339; Date.parse takes much that is none. */
function untilDate(text: string | undefined, now: number): number | undefined {
  if (!text || !/^\s*([A-Za-z]{3,9}, ?\d|[A-Za-z]{3} [A-Za-z]{3} |\d{4}-\d\d-\d\dT)/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : inBounds(time - now);
}

/** So many seconds; or up to a second or a millisecond of the epoch, for no limit lasts that long. */
function untilSecond(text: string | undefined, now: number): number | undefined {
  const count = inUnits(text, 1);
  if (count === undefined || count < 1e9) return inUnits(text, 1000);
  return inBounds((count < 1e12 ? count * 1000 : count) - now);
}

const units: ReadonlyMap<string, number> = new Map([["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000], ["d", 86_400_000]]);

/** A duration as OpenAI writes it, such as `1s`, `6m0s`, `20ms` or `1h2m3.5s`. */
function inParts(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? "";
  if (trimmed.length > 64 || !/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(trimmed)) return undefined;
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  return inBounds(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units.get(unit as string) as number), 0));
}
