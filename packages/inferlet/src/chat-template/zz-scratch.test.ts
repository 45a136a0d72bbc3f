import { expect, test, describe } from "vitest";
import { ScriptedBackend } from "../scripted-backend.js";
import { Context } from "../context/context.js";
import { Sampler } from "../sampling/sampler.js";
import { ChatTemplate } from "./chat-template.js";
import { familyTemplates } from "./fixtures/family-templates.js";
const greedy = Sampler.greedy();
const tool = { name: "weather", description: "d", parameters: { type: "object", properties: { city: { type: "string" } } } };
describe.each(Object.entries(familyTemplates))("%s", (name, chatTemplate) => {
  const make = () => new Context(new ScriptedBackend({ reply: "ok", chatTemplate }));
  const text = (c: Context) => c.model.tokenizer.decode(c.tokens, { special: true });
  test("plain turns", async () => {
    const c = make().system("Be brief.").user("one");
    await c.generateText(greedy);
    c.user("two");
    await c.generateText(greedy);
    c.user("three").cue();
    console.log(name, JSON.stringify(text(c)));
    const whole = new ChatTemplate(c.model.backend).render([{ role: "system", content: "Be brief." }, { role: "user", content: "one" }, { role: "assistant", content: "ok" }, { role: "user", content: "two" }, { role: "assistant", content: "ok" }, { role: "user", content: "three" }]).text;
    expect(text(c)).toBe(whole);
  });
  test("system read early", async () => {
    const c = make().system("Be brief.");
    void c.length;
    c.user("one").cue();
    expect(text(c)).toBe(new ChatTemplate(c.model.backend).render([{ role: "system", content: "Be brief." }, { role: "user", content: "one" }]).text);
  });
  test("system flushed early", async () => {
    const c = make().system("Be brief.");
    await c.flush();
    c.user("one").cue();
    expect(text(c)).toBe(new ChatTemplate(c.model.backend).render([{ role: "system", content: "Be brief." }, { role: "user", content: "one" }]).text);
  });
  test("tools", async () => {
    const c = make().equipTools([tool]).user("one");
    await c.generateText(greedy);
    c.answerTool("weather", { a: 1 });
    await c.generateText(greedy);
    c.user("two").cue();
    console.log(name, JSON.stringify(text(c)));
  });
  test("parallel", async () => {
    const c = make().equipTools([tool]).user("one");
    await c.generateText(greedy);
    c.answerTool("weather", { a: 1 });
    void c.length;
    c.answerTool("weather", { a: 2 });
    await c.generateText(greedy);
    c.user("two").cue();
    console.log(name, JSON.stringify(text(c)));
  });
});
