import { describe, expect, it } from "vitest";
import { bearerChallenge, bearerCheck, bearerToken } from "./bearer-check.js";

const request = { method: "POST", path: "/chat", header: () => undefined };
const refused = (reason: string): unknown => expect.objectContaining({ code: "unauthenticated", reason });

describe("a check of bearer tokens", () => {
  it("takes any token of the list and no other", async () => {
    const check = bearerCheck(["one", "zwei-ä"]);
    expect([await check("one", request), await check("zwei-ä", request)]).toEqual([undefined, undefined]);
    for (const token of ["", "on", "one ", "two"]) await expect(check(token, request)).rejects.toEqual(refused("bad-token"));
    await expect(check(undefined, request)).rejects.toEqual(refused("no-token"));
  });

  it("asks a function, which may look at the request and take its time", async () => {
    const check = bearerCheck(async (token, { path }) => `${token}${path}` === "one/chat");
    await check("one", request);
    await expect(check("one", { ...request, path: "/other" })).rejects.toEqual(refused("bad-token"));
  });

  it("never tells the token", async () => {
    await expect(bearerCheck(["right"])("wrong", request)).rejects.toThrow(/^(?!.*(?:right|wrong))/);
  });

  it("refuses a list that would let nobody in, or anybody", () => {
    for (const tokens of [[], ["one", ""], [undefined as unknown as string]]) expect(() => bearerCheck(tokens)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  it("reads the token of a header and says what is wanted", () => {
    expect(["Bearer abc.-~+/9=", "bearer  a", "Bearer", "Basic abc", "Bearer a b", undefined].map((value) => bearerToken(value))).toEqual(["abc.-~+/9=", "a", undefined, undefined, undefined, undefined]);
    expect([bearerChallenge({ reason: "no-token" }), bearerChallenge({ reason: "bad-token" })]).toEqual([{ "www-authenticate": "Bearer" }, { "www-authenticate": 'Bearer error="invalid_token"' }]);
  });
});
