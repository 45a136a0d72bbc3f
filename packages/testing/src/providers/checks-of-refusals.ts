/** Checks of what becomes of a status that is an error. */
import type { StageErrorCode } from "@iftk/core";
import { inspect } from "node:util";
import { demand } from "../check.js";
import { atEach, demandFailure, type EngineCheck } from "./engine-check.js";
import { attempt, wholeAnswer, type EngineTrial } from "./engine-trial.js";
import { faults, type Fault } from "./faults.js";

const codes: readonly (readonly [status: number, code: StageErrorCode])[] = [
  [400, "invalid_argument"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "not_found"],
  [429, "resource_exhausted"],
  [500, "unavailable"],
  [503, "unavailable"],
];

const statuses: EngineCheck = {
  sentence: "each status is the error of its kind, and is asked for once",
  async holds(trial) {
    const whole = await wholeAnswer(trial);
    await atEach(codes, ([status]) => `status ${status}`, async ([status, code]) => {
      const found = await attempt(trial, faults.status(status));
      demandFailure(found, whole, { code });
      demand(found.sent === 1, "one request", `there were ${found.sent}`);
    });
  },
};

const page: EngineCheck = {
  sentence: "a status with a page or with nothing in place of a JSON error is the error of its kind all the same",
  async holds(trial) {
    const whole = await wholeAnswer(trial);
    await atEach(["", "<html><body>Bad gateway</body></html>"], (body) => `502 with ${JSON.stringify(body)}`, async (body) => {
      demandFailure(await attempt(trial, faults.status(502, { headers: { "content-type": "text/html" }, body })), whole, { code: "unavailable" });
    });
  },
};

const wait: EngineCheck = {
  sentence: "429 says after how long another try may succeed",
  async holds(trial) {
    const whole = await wholeAnswer(trial);
    const error = demandFailure(await attempt(trial, faults.status(429, { headers: { "retry-after": "7" } })), whole, { code: "resource_exhausted", reasons: ["rate-limit"] });
    demand(error.retryAfter === 7000, "retryAfter to be 7000 ms", `it is ${error.retryAfter}`);
  },
};

const echo: EngineCheck = {
  sentence: "a key that the provider repeats is nowhere in the error",
  applies: ({ hasKey }) => hasKey,
  holds: (trial) =>
    atEach(echoes(trial), ([where]) => where, async ([, fault]) => {
      const { error, request } = await attempt(trial, fault);
      const key = String(trial.key);
      demand([...request.headers, ...request.query].some(([, value]) => value.includes(key)), "the key to be sent", "it is in no header and not in the query");
      if (error === undefined) return; // the checks of statuses and of broken answers have it
      const places = Object.entries(textsOf(error)).filter(([, text]) => text.includes(key));
      demand(places.length === 0, "an error without the key", `the key is in its ${places.map(([name]) => name).join(", ")}`);
    }),
};

/** Where a provider may repeat a key: with a status that is an error, with one of success, and in a stream that has begun. */
function echoes({ isStreamed }: EngineTrial): (readonly [where: string, Fault])[] {
  const statuses = [401, 400, 500, 200].map((status) => [`status ${status}`, faults.echoKey(status)] as const);
  return isStreamed ? [...statuses, ["an event of the stream", faults.echoKeyInEvent()]] : statuses;
}

/** All that an error is likely to be told by. */
function textsOf(error: unknown): Readonly<Record<string, string>> {
  const { message = "", stack = "", cause } = error as Partial<Error>;
  return { message, stack, JSON: inJson(error), cause: cause === undefined ? "" : `${inspect(cause, depth)} ${inJson(cause)}`, inspection: inspect(error, depth) };
}

const depth = { depth: 8, maxArrayLength: null, maxStringLength: null } as const;

function inJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return ""; // a cycle: nobody can tell it so
  }
}

export const checksOfRefusals: readonly EngineCheck[] = [statuses, page, wait, echo];
