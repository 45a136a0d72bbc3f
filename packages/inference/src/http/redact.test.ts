import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact } from "./redact.js";

const secret = "my+very/secret=value 42";

describe("redact", () => {
  it.each([
    ["as it is", `with ${secret}!`],
    ["encoded for a URL", `https://host/?key=${encodeURIComponent(secret)}&a=1`],
    ["in base64", `token ${Buffer.from(secret).toString("base64")}.`],
    ["in base64 for URLs", `token ${Buffer.from(secret).toString("base64url")}.`],
    ["within a longer text in base64", `Header ${Buffer.from(`user:${secret}:more`).toString("base64")}`],
  ])("takes a secret out that stands there %s", (_name, text) => {
    const clean = redact(text, [secret]);
    expect(clean).toContain("[redacted]");
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("base64").slice(4, -4)]) expect(clean).not.toContain(form);
  });

  it.each([
    ["Incorrect API key provided: sk-proj-abcdefghijklmnop1234.", "Incorrect API key provided: [redacted]"],
    ["Incorrect API key provided: sk-abcd**************wxyz. Find it at https://a.b/c", "Incorrect API key provided: [redacted] Find it at https://a.b/c"],
    ["invalid token hf_abcdefghijklmnopqrst", "invalid token [redacted]"],
    ["r8_abcdefghijklmnopqrst was revoked", "[redacted] was revoked"],
    ["key_abcdef0123456789abcdef is unknown", "[redacted] is unknown"],
    ["sent Authorization: Bearer abc.def.ghi-jkl", "sent Authorization: [redacted] [redacted]"],
    ["use Basic dXNlcjpwYXNzd29yZA== here", "use Basic [redacted] here"],
    ['{"api_key": "abc123", "model": "m"}', '{"api_key": "[redacted]", "model": "m"}'],
    ["https://host/?api-key=abc123&model=m", "https://host/?api-key=[redacted]&model=m"],
  ])("takes out of %j what looks like a key", (text, clean) => {
    expect(redact(text, [])).toBe(clean);
  });

  it.each(["The model `gpt-5` does not exist", "maximum context length is 8192 tokens", "risk-free, basic usage", "the task-runner-configuration-file is there"])("leaves %j as it is", (text) => {
    expect(redact(text, ["sk", ""])).toBe(text);
  });

  it("takes out the longer of two secrets of which one holds the other", () => {
    expect(redact("abcdefgh abcd", ["abcd", "abcdefgh"])).toBe("[redacted] [redacted]");
  });

  it("leaves no form of any secret, wherever it stands", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 60, unit: "binary" }), fc.string(), fc.string(), (key, before, after) => {
        fc.pre(!"[redacted]".includes(key));
        const text = [before + key + after, before + encodeURIComponent(key.toWellFormed()) + after, Buffer.from(before + key + after).toString("base64")].join("\n");
        const clean = redact(text, [key]);
        expect(clean).not.toContain(key);
        expect(clean).not.toContain(encodeURIComponent(key.toWellFormed()));
      }),
    );
  });
});
