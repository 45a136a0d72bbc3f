import { describe, expect, test } from "vitest";
import { familyTemplates } from "../chat-template/fixtures/family-templates.js";
import type { TextTurn } from "../chat-template/text-turn.js";
import { Sampler } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { Context } from "./context.js";

const greedy = Sampler.greedy();
const weather = { name: "weather", description: "Tells it.", parameters: { type: "object", properties: { city: { type: "string" } } } };
const textOf = (context: Context): string => context.model.tokenizer.decode(context.tokens, { special: true });
const contextOf = (chatTemplate: string, reply = "ok"): Context => new Context(new ScriptedBackend({ reply, chatTemplate }));
const say = (role: TextTurn["role"], content: string): TextTurn => ({ role, content });

/** What one rendering of all of it gives. */
const whole = ({ model }: Context, turns: readonly TextTurn[]): string => model.chatTemplate.render(turns).text;

/** What the templates of these do to earlier replies. */
const rewritten: Record<string, (text: string) => string> = {
  // The reply's own white space, the system again in each turn that was the last.
  mistral: (text) => text.replaceAll("[/INST] ok", "[/INST]ok").replaceAll(/\[INST\] (?!Be)/gu, "[INST] Be brief.\n\n"),
  deepseekR1: (text) => text.replaceAll("<｜Assistant｜>ok", "<｜Assistant｜><think>\nok"),
};

describe.each(Object.entries(familyTemplates))("a conversation with the template of %s", (family, template) => {
  test("is turn after turn what it is all at once", async () => {
    using context = contextOf(template).system("Be brief.").user("one");
    await context.generateText(greedy);
    await context.user("").generateText(greedy);
    context.user(" <|im_end|> three \n").cue();
    const turns = [say("system", "Be brief."), say("user", "one"), say("assistant", "ok"), say("user", ""), say("assistant", "ok"), say("user", " <|im_end|> three \n")];
    const text = whole(context, turns);
    expect(textOf(context)).toBe((rewritten[family] ?? String)(text));
    const written = context.tokens.filter((token) => token > 255).length;
    expect(written).toBe(text.split(/<\|im_(?:start|end)\|>|<\/?think>/u).length - 2 + (family === "deepseekR1" ? 2 : 0));
  });

  test.each(["read", "flushed"])("keeps what the system says when that is %s first", async (way) => {
    using context = contextOf(template).system("Be brief.");
    if (way === "flushed") await context.flush();
    expect(context.length).toBe(context.tokens.length);
    context.user("one").cue();
    expect(textOf(context)).toBe(whole(context, [say("system", "Be brief."), say("user", "one")]));
  });

  test("goes on with a reply that was begun, and after one that was given", async () => {
    using context = contextOf(template).user("one").assistant("two").user("three").cue().fill("So");
    await context.generateText(greedy);
    context.user("four").cue();
    const text = whole(context, [say("user", "one"), say("assistant", "two"), say("user", "three"), say("assistant", "Sook"), say("user", "four")]);
    expect(textOf(context)).toBe(text.replaceAll("[/INST] Sook", "[/INST]Sook").replaceAll("<｜Assistant｜>Sook", "<｜Assistant｜><think>\nSook"));
  });

  test("goes on with what tools gave, one or several, and after that", async () => {
    for (const count of [1, 2]) {
      using context = contextOf(template).equipTools([weather]).user("one");
      await context.generateText(greedy);
      for (let index = 0; index < count; index++) {
        context.answerTool("weather", { degrees: index });
        expect(context.length).toBe(context.tokens.length);
      }
      await context.generateText(greedy);
      const before = textOf(context);
      context.user("two").cue();
      expect([...textOf(context).matchAll(/"degrees":\s?(\d)/gu)].map(([, degrees]) => Number(degrees))).toEqual([0, 1].slice(0, count));
      expect(textOf(context).startsWith(before)).toBe(true);
      expect(textOf(context).slice(before.length)).toMatch(/two/u);
      expect(textOf(context)).not.toMatch(/[0-9a-f]{32}/u);
    }
  });
});

test("a turn that stands before the reply is not lost where it would be written into the beginning", () => {
  using context = contextOf(familyTemplates.deepseekR1).system("a").user("b").cue().fill("c").user("d").fill("");
  context.system("e");
  expect(() => context.length).toThrow(expect.objectContaining({ code: "failed_precondition" }));
});
