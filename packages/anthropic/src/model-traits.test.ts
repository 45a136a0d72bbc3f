import { expect, test } from "vitest";
import { traitsOf } from "./model-traits.js";

test("what a model takes is told from its name, in all the ways to write it", () => {
  const told = (name: string) => {
    const { takesSampling, thinking, withoutThinking, takesForcedTool, takesLateSystem, takesFormat } = traitsOf(name);
    return [thinking, withoutThinking ?? "-", ...Object.entries({ takesSampling, takesForcedTool, takesFormat, takesLateSystem }).flatMap(([trait, holds]) => (holds ? [trait.slice("takes".length)] : []))].join(" ");
  };
  const names = [
    "claude-3-haiku-20240307", "claude-3-7-sonnet-latest", "claude-sonnet-4-20250514", "claude-opus-4@20250514", "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "claude-haiku-4-5-20251001", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-mythos-preview", "claude-opus-5", "claude-fable-5", "claude-fable-5-1",
    "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5", "claude-opus-latest", "claude-nova-7", "kimi-k3",
  ];
  expect(Object.fromEntries(names.map((name) => [name, told(name)]))).toEqual({
    "claude-3-haiku-20240307": "none disabled Sampling ForcedTool",
    "claude-3-7-sonnet-latest": "budget disabled Sampling ForcedTool",
    "claude-sonnet-4-20250514": "budget disabled Sampling ForcedTool",
    "claude-opus-4@20250514": "budget disabled Sampling ForcedTool",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "budget disabled Sampling ForcedTool Format",
    "claude-haiku-4-5-20251001": "budget disabled Sampling ForcedTool Format",
    "claude-opus-4-6": "either disabled Sampling ForcedTool Format",
    "claude-opus-4-7": "adaptive disabled ForcedTool Format",
    "claude-opus-4-8": "adaptive disabled ForcedTool Format LateSystem",
    "claude-mythos-preview": "adaptive - ForcedTool Format",
    "claude-opus-5": "adaptive disabled ForcedTool Format LateSystem",
    "claude-fable-5": "adaptive - Format LateSystem",
    "claude-fable-5-1": "adaptive - Format LateSystem",
    "claude-sonnet-5-5": "adaptive between_tools Format LateSystem",
    "claude-haiku-5-5": "adaptive disabled Format LateSystem",
    "claude-opus-5-5": "adaptive - Format LateSystem",
    "claude-opus-latest": "adaptive - Format LateSystem",
    "claude-nova-7": "adaptive - Format LateSystem",
    "kimi-k3": "budget disabled Sampling ForcedTool",
  });
});
