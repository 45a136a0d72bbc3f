import { describe, expect, it } from "vitest";
import { loud, mute } from "./fixtures/shout.js";
import { modelsOf } from "./models.js";

const call = { signal: new AbortController().signal };
const missing = (message: string): unknown => expect.objectContaining({ code: "not_found", reason: "model", message });

describe("models of a list", () => {
  it("are found by id and alias, and the only one without", async () => {
    const both = modelsOf([loud, mute]);
    expect([await both.resolve("mute", call), await both.resolve("noisy", call), await modelsOf([loud]).resolve(undefined, call)]).toEqual([mute, loud, loud]);
    expect(await both.list()).toEqual([
      { id: "loud", aliases: ["noisy"], tasks: ["shout"], loaded: true },
      { id: "mute", aliases: [], tasks: ["shout"], loaded: true },
    ]);
    expect(modelsOf(both)).toBe(both);
  });

  it("say which there are where there is none or none is named", async () => {
    await expect(modelsOf([loud, mute]).resolve(undefined, call)).rejects.toEqual(missing("name a model; there is loud, mute"));
    await expect(modelsOf([loud]).resolve("quiet", call)).rejects.toEqual(missing('there is no model "quiet"; there is loud'));
    await expect(modelsOf([]).resolve(undefined, call)).rejects.toEqual(missing("name a model; there is none"));
    expect(() => modelsOf([loud, loud])).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
