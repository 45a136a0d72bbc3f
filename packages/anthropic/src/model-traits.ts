/** What the models of Anthropic take, told from their names; the API refuses what a model does not. */

/** What one model takes. */
export interface ModelTraits {
  /** Whether `temperature`, `top_p` and `top_k` are taken. */
  readonly takesSampling: boolean;
  /** Whether only one of `temperature` and `top_p` is. */
  readonly takesOneSampler: boolean;
  /** Whether it can think, and whether it is told how long by tokens, by effort or by either. */
  readonly thinking: "none" | "budget" | "either" | "adaptive";
  /** What turns thinking off; undefined where nothing does. */
  readonly withoutThinking: "disabled" | "between_tools" | undefined;
  /** Whether the text of its thoughts comes only when it is asked for. */
  readonly hidesThinking: boolean;
  readonly takesEffort: boolean;
  /** Whether it can be made to call a tool. */
  readonly takesForcedTool: boolean;
  /** Whether it can be held to a JSON Schema. */
  readonly takesFormat: boolean;
  /** Whether system messages may stand within the conversation. */
  readonly takesLateSystem: boolean;
  /** Tokens that it can generate. */
  readonly maxTokens: number;
}

/** `claude-opus-4-5`, `claude-sonnet-4-20250514`, `claude-3-7-sonnet-latest`, `us.anthropic.claude-opus-5-v1:0`... */
const nameOfModel = /claude-(?:(\d)(?:-(\d))?-)?([a-z]+)(?:-(\d)(?!\d)(?:-(\d)(?!\d))?)?/;

/**
 * The traits of the model of this name.
 *
 * A Claude that is not known counts as the newest. A name of another kind is taken for a model behind a server that speaks
 * Anthropic's API, and as one that takes the API as it was before models began to differ.
 */
export function traitsOf(model: string): ModelTraits {
  const found = nameOfModel.exec(model);
  if (!found) return foreign;
  const [, majorBefore, minorBefore = "0", family = "", major = majorBefore, minor = majorBefore ? minorBefore : "0"] = found;
  if (major === undefined) return claude(family, family === "mythos" ? 4.7 : newest);
  return claude(family, Number(`${major}.${minor}`));
}

const newest = 5.5;

const foreign: ModelTraits = {
  takesSampling: true,
  takesOneSampler: false,
  thinking: "budget",
  withoutThinking: "disabled",
  hidesThinking: false,
  takesEffort: false,
  takesForcedTool: true,
  takesFormat: false,
  takesLateSystem: false,
  maxTokens: 8192,
};

/** The traits as the model pages and migration guides of platform.claude.com tell them. */
function claude(family: string, version: number): ModelTraits {
  const isAlwaysThinking = family === "fable" || family === "mythos" || (version >= 5.5 && family !== "haiku" && family !== "sonnet");
  const forcedToolsEnd = family === "fable" || family === "mythos" ? 5 : 5.5;
  return {
    takesSampling: version < 4.7,
    takesOneSampler: version >= 4.1,
    thinking: version < 3.7 ? "none" : version < 4.6 ? "budget" : version < 4.7 ? "either" : "adaptive",
    withoutThinking: isAlwaysThinking ? undefined : version >= 5.5 && family === "sonnet" ? "between_tools" : "disabled",
    hidesThinking: version >= 4.7,
    takesEffort: version >= 4.6 || (version === 4.5 && family === "opus"),
    takesForcedTool: version < forcedToolsEnd,
    takesFormat: version >= 4.5,
    takesLateSystem: version >= 4.8,
    maxTokens: maxTokensOf(family, version),
  };
}

function maxTokensOf(family: string, version: number): number {
  if (version >= 4.7 || (version === 4.6 && family === "opus")) return 128_000;
  if (version < 3.5) return 4096;
  if (version < 3.7) return 8192;
  return family === "opus" && version < 4.5 ? 32_000 : 64_000;
}
