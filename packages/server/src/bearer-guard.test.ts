import { bidi } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { bearerProtocol } from "@iftk/wire/socket";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { protect, type ProtectOptions } from "./bearer-guard.js";
import { errorOf, post } from "./fixtures/requests.js";
import { until } from "./fixtures/loopback.js";
import { BareClient, closeSockets, hostSockets, opening, valueFrame } from "./fixtures/sockets.js";
import { serve } from "./serve.js";

afterEach(closeSockets);

const state = { runs: 0 };
const echo = bidi(async function* echo(values: Stream<unknown>): Stream<unknown> {
  state.runs += 1;
  yield* values;
});

async function dial(options: ProtectOptions, with_: { protocols?: string[]; headers?: Record<string, string> } = {}): Promise<BareClient> {
  const { port } = await hostSockets(protect(serve({ echo }), options));
  state.runs = 0;
  return new BareClient(port, "/echo", with_);
}
const tokens = ["secret"];
const refused = (reason: string): unknown => [{ kind: "error", id: 1, error: { code: "unauthenticated", message: expect.any(String) as string, reason } }];

describe("a protected handler", () => {
  it("takes the sockets of those who present a token, in a header or, as browsers must, in a subprotocol", async () => {
    for (const how of [{ protocols: ["iftk.v1", bearerProtocol("secret")] }, { headers: { authorization: "Bearer abc" } }]) {
      const client = await (await dial({ tokens: [...tokens, "abc"] }, how)).say(opening, valueFrame("a"));
      await until(() => client.frames.some((frame) => "value" in frame));
      expect([client.frames.find((frame) => "value" in frame), client.socket.protocol]).toEqual([{ kind: "value", id: 1, value: "a" }, "iftk.v1"]);
    }
  });

  it("tells others over the socket, which browsers can read, and runs nothing for them", async () => {
    for (const [how, reason] of [[{}, "no-token"], [{ protocols: ["iftk.v1", bearerProtocol("other")] }, "bad-token"]] as const) {
      const client = await (await dial({ tokens }, how as never)).say(opening, valueFrame("a"));
      await until(() => client.code !== undefined);
      expect([client.frames, state.runs]).toEqual([refused(reason), 0]);
    }
  });

  it("keeps what comes while it looks the token up, but not without bound, and forgets who leaves", async () => {
    let answer = (_isTaken: boolean): void => {};
    const slow = { tokens: () => new Promise<boolean>((resolve) => (answer = resolve)) };
    const how = { headers: { authorization: "Bearer abc" } };
    const patient = await (await dial(slow, how)).say(opening, valueFrame("a"));
    await turns(5);
    answer(true);
    await until(() => patient.frames.some((frame) => "value" in frame));
    const flooding = await (await dial(slow, how)).say(...Array.from({ length: 100 }, (_, index) => valueFrame("a", index)));
    await until(() => flooding.code !== undefined);
    expect(flooding.frames).toEqual([{ kind: "error", id: 1, error: expect.objectContaining({ code: "resource_exhausted" }) as unknown }]);
    const leaving = await (await dial(slow, how)).say(opening);
    leaving.socket.terminate();
    await until(() => leaving.code !== undefined);
    await turns(5);
    answer(true);
    await turns(5);
    expect(state.runs).toBe(0);
  });

  it("answers a check that fails as an error of the server, without its cause", async () => {
    const failing = protect(serve({ echo }), {
      tokens() {
        throw new Error("the password of the database is 1234");
      },
    });
    const response = await failing(post("/echo", {}, { headers: { authorization: "Bearer abc" } }));
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining("1234")]);
  });

  it("leaves open what needs no token, and refuses a handler of another kind", async () => {
    const handler = protect(serve({ echo }), { tokens, open: ["/nothing"] });
    expect([await errorOf(await handler(post("/nothing", {}))), await errorOf(await handler(post("/echo", {})))]).toEqual([[404, "not_found", "route"], [401, "unauthenticated", "no-token"]]);
    expect(() => protect(() => new Response(), { tokens })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
