import { from, collect } from "@iftk/core";
import { ScriptedBackend } from "@iftk/inferlet/testing";
import { openLlama } from "@iftk/llama";
import { stageLaws } from "@iftk/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import { describe, expect, test } from "vitest";
import { run } from "../fixtures/pieces.js";
import { completeElement } from "../index.js";

const scripted = (): ScriptedBackend => new ScriptedBackend({ reply: (prompt) => (prompt.includes("<|im_start|>") ? "As a turn" : "as a text") });

stageLaws("complete", { stage: () => completeElement({ backends: () => scripted })(), input: ["a", "b"] });

describe("complete", () => {
  test("answers a turn or goes on with a text", async () => {
    const complete = completeElement({ backends: () => scripted });
    expect([(await run(complete(), "Hi")).join(""), (await run(complete({ as: "text" }), "Hi")).join("")]).toEqual(["As a turn", "as a text"]);
  });

  test("holds the embedded model to a grammar, a regular expression and a schema, whatever it would say", async () => {
    await using tiny = await openLlama({ modelPath: tinyModelPath });
    const complete = completeElement({ backends: () => () => tiny });
    const say = async (properties: object): Promise<string> => (await collect(complete({ ...properties, seed: 1 })(from(["What do you think?"])))).join("");
    expect(await say({ grammar: 'root ::= "yes" | "no"' })).toMatch(/^(?:yes|no)$/u);
    expect(await say({ regex: "[0-9]{3}" })).toMatch(/^\d{3}$/u);
    expect(JSON.parse(await say({ schema: { enum: ["fox", "bear"] } }))).toMatch(/^(?:fox|bear)$/u);
  });

  test("refuses what cannot be held to, and a model that there is not, when it is made", () => {
    const complete = completeElement({ backends: (model) => { if (model !== "tiny") throw new Error(`no ${model}`); return scripted; } });
    for (const [properties, message] of [[{ grammar: "root ::= x" }, "x"], [{ regex: "(?=a)" }, "("], [{ regex: "a", grammar: 'root ::= "a"' }, "exclude each other"], [{ model: "big" }, "no big"]] as const) expect(() => complete(properties)).toThrow(message);
    expect(() => completeElement({})()).toThrow("complete: this program has no local models");
  });
});
