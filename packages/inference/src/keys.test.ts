import { afterEach, expect, test, vi } from "vitest";
import { keyOf, type Keys, variableOf } from "./keys.js";

afterEach(() => vi.unstubAllEnvs());

const key = (options: { apiKey?: string; keys?: Keys } = {}, provider = "openai"): string => keyOf({ provider, variable: "TEST_OPENAI_API_KEY", ...options });

test("a key is the one that is given, else that of the keys, else that of the environment", () => {
  vi.stubEnv("TEST_OPENAI_API_KEY", " from-environment \n");
  const keys = { openai: "from-keys" };
  expect([key({ apiKey: "given", keys }), key({ keys }), key({ keys: { anthropic: "other" } }), key()]).toEqual(["given", "from-keys", "from-environment", "from-environment"]);
});

test("a key that is nowhere is told with the places where it could be", () => {
  vi.stubEnv("TEST_OPENAI_API_KEY", " ");
  expect(() => key({ keys: { anthropic: "sk-secret" } })).toThrow(
    expect.objectContaining({ code: "unauthenticated", reason: "key", message: "openai: there is no key; set the environment variable TEST_OPENAI_API_KEY, or give the engine `apiKey` or `keys.openai`" }),
  );
  expect(variableOf("TEST_OPENAI_API_KEY")).toBeUndefined();
});

test("names that every object has are no keys", () => {
  expect(() => key({ keys: {} }, "toString")).toThrow("toString: there is no key");
});
