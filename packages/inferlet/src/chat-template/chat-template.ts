/** A conversation as the tokens of a prompt, in the model's own format. */
import { Template } from "@huggingface/jinja";
import { StageError } from "@iftk/core";
import type { Backend } from "../backend.js";
import type { Format, ToolDefinition } from "../decoder/format.js";
import { formatOf, hermes } from "../decoder/formats.js";
import { cut, type Fragment, fragmentsOf, mark } from "./fragments.js";
import { endOfSilent, silentTurns, withOneCall } from "./silent-turns.js";
import { callId, type TextTurn } from "./text-turn.js";
import { callsAsText, labelsOf, mapTexts, templateMessage, templateTool, withoutSystem, withToolsPrompt } from "./tool-turns.js";

/** ChatML, for models that bring no template. */
const chatml = `{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}`;

/** A conversation rendered for a model. */
export interface Prompt {
  readonly tokens: Int32Array;
  /** The text, ending where the model goes on. */
  readonly text: string;
}

export interface RenderOptions {
  /** Tools that the model may call. */
  readonly tools?: readonly ToolDefinition[];
  /** Whether the text goes on with the beginning of the assistant's turn; true without it. */
  readonly isReplyNext?: boolean;
}

const fragmentsRemembered = 256;

/**
 * Renders conversations with the Jinja template of a model, or as ChatML when it has none.
 *
 * Control tokens come from the template alone. A message that spells one, such as `<|im_end|>`, is
 * tokenized as plain text and so cannot end its turn or begin another. An ordinary conversation is
 * tokenized in one piece, as the model saw it in training; only one whose messages, with what stands
 * beside them, would form a control token is tokenized message by message. Tools whose description
 * spells a control token are refused.
 */
export class ChatTemplate {
  readonly #backend: Backend;
  readonly #template: Template;
  /** Per token: 0 not known yet, 1 text, 2 control. */
  readonly #kinds: Uint8Array;
  readonly #controlsOf = new Map<string, readonly number[]>();
  /** How the model writes what is not text. */
  readonly format: Format;
  readonly #knowsTools: boolean;
  #calls: { readonly as: "object" | "text" | undefined } | undefined;

  /** @throws StageError `failed_precondition` when the model's template is no Jinja that can be read. */
  constructor(backend: Backend, format = formatOf(backend.chatTemplate)) {
    this.#backend = backend;
    this.#kinds = new Uint8Array(backend.vocabularySize);
    this.format = format;
    this.#knowsTools = /\btools\b/u.test(backend.chatTemplate ?? chatml);
    try {
      this.#template = new Template(backend.chatTemplate ?? chatml);
    } catch (error) {
      throw new StageError("failed_precondition", `the chat template of the model ${backend.name} cannot be read: ${reasonOf(error)}`, { cause: error });
    }
  }

  /**
   * The prompt that asks for the next turn of the assistant.
   *
   * @throws StageError `invalid_argument` when the template refuses the messages, or when a message
   * spells a control token and the template does more with messages than to insert them, so that it
   * cannot be told apart from one of the template's own.
   */
  render(turns: readonly TextTurn[], options: RenderOptions = {}): Prompt {
    return this.renderAfter([], turns, options);
  }

  /**
   * What follows earlier turns when these come: for a conversation that goes on where a sequence holds it. Of the earlier turns what
   * they said counts only where it is the system's, and of their calls only the names.
   *
   * @throws as `render` does; StageError `failed_precondition` when the template writes the later turns into the earlier ones.
   */
  renderAfter(earlier: readonly TextTurn[], turns: readonly TextTurn[], options: RenderOptions = {}): Prompt {
    this.#checkLabels(turns, options.tools ?? []);
    if (earlier.length === 0) {
      const [messages, arranged] = this.#arrange(turns, options);
      return this.#prompt(messages, arranged, this.#written(messages, arranged), 0);
    }
    const nonce = newNonce();
    const before = this.#silent(earlier, nonce, options);
    const alone = this.#written(...this.#arrange(before, { ...options, isReplyNext: false }));
    const [messages, arranged] = this.#arrange([...before, ...turns], options);
    const whole = this.#written(messages, arranged);
    const start = endOfSilent(alone, whole, nonce);
    if (start === undefined || (!whole.startsWith(alone) && this.#isWrittenInto(alone, before, turns, options, nonce))) {
      throw new StageError("failed_precondition", "messages: the chat template of the model writes earlier turns anew because of what follows them; give them all at once");
    }
    return this.#prompt(messages, arranged, whole, start);
  }

  /** The text that ends the last of these turns, which is the assistant's. Throws as `render` does. */
  closing(turns: readonly TextTurn[], options: RenderOptions = {}): string {
    const nonce = newNonce();
    const text = this.#written(...this.#arrange(this.#silent(turns, nonce, options), { ...options, isReplyNext: false }));
    const last = `${nonce}-${turns.length - 1}-`;
    const at = text.lastIndexOf(last);
    return at === -1 ? this.#backend.specialTokens.end : text.slice(at + last.length);
  }

  /** The turns in silence, as the template takes them. */
  #silent(turns: readonly TextTurn[], nonce: string, options: RenderOptions): readonly TextTurn[] {
    const silent = silentTurns(turns, nonce);
    const hasSeveralCalls = silent.some(({ toolCalls = [] }) => toolCalls.length > 1);
    return hasSeveralCalls && !this.#takes(...this.#arrange(silent, options)) ? withOneCall(silent) : silent;
  }

  /** Whether what the later turns say stands before the end of the earlier ones. */
  #isWrittenInto(alone: string, before: readonly TextTurn[], turns: readonly TextTurn[], options: RenderOptions, nonce: string): boolean {
    const own = newNonce();
    const probe = this.#written(...this.#arrange([...before, ...turns.map((turn) => mapTexts(turn, () => own))], options));
    return probe.slice(0, endOfSilent(alone, probe, nonce)).includes(own);
  }

  /** The turns as this template can be given them: calls as text where it knows none, tools in the system's turn. */
  #arrange(turns: readonly TextTurn[], options: RenderOptions): [readonly TextTurn[], RenderOptions] {
    const { tools = [] } = options;
    const format = this.formatFor(tools);
    const hasCalls = turns.some(({ role, toolCalls }) => role === "tool" || toolCalls);
    const told = hasCalls && this.#callsAs() === undefined ? callsAsText(turns, format.writeCalls ? format : hermes) : turns;
    if (this.#knowsTools || tools.length === 0) return [told, options];
    const prompted = withToolsPrompt(told, tools, format);
    const untold = { ...options, tools: [] };
    if (turns[0]?.role === "system" || this.#takes(prompted, untold)) return [prompted, untold];
    return [withoutSystem(prompted), untold];
  }

  #takes(messages: readonly TextTurn[], options: RenderOptions): boolean {
    try {
      this.#render(messages, options);
      return true;
    } catch {
      return false;
    }
  }

  /** The format of a reply to a prompt with these tools: Hermes where the model's own has none. */
  formatFor(tools: readonly ToolDefinition[]): Format {
    return tools.length > 0 && !this.format.writeCalls ? hermes : this.format;
  }

  /** The messages as they were written to `whole`, from character `start` on. */
  #prompt(messages: readonly TextTurn[], options: RenderOptions, whole: string, start: number): Prompt {
    const text = whole.slice(start);
    const fragments = this.#fragments(messages, options, whole, start);
    const tokens = this.#backend.tokenize(text, { special: true });
    const intended = fragments?.flatMap((fragment) => (fragment.isContent ? [] : this.#controlsOfText(fragment.text)));
    if (intended ? equal(this.#controls(tokens), intended) : !messages.some((message) => this.#saysControl(message))) return { tokens, text };
    return { tokens: this.#tokenizeApart(fragments, messages), text };
  }

  /** The messages rendered; where no reply is next, without the mark that some templates write after a conversation that is over. */
  #written(messages: readonly TextTurn[], options: RenderOptions): string {
    const text = this.#render(messages, options);
    const { end } = this.#backend.specialTokens;
    if (options.isReplyNext !== false || end === "" || !text.endsWith(end)) return text;
    const asked = this.#render(messages, { ...options, isReplyNext: true });
    const unended = text.slice(0, -end.length);
    return !asked.startsWith(text) && asked.startsWith(unended) ? unended : text;
  }

  #render(messages: readonly TextTurn[], { tools = [], isReplyNext = true }: RenderOptions): string {
    try {
      const isTextWanted = messages.some(({ toolCalls }) => toolCalls) && this.#callsAs() === "text";
      return this.#template.render({
        messages: messages.map((message) => templateMessage(message, isTextWanted)),
        ...(tools.length > 0 && { tools: tools.map(templateTool) }),
        add_generation_prompt: isReplyNext,
        bos_token: this.#backend.specialTokens.begin,
        eos_token: this.#backend.specialTokens.end,
      });
    } catch (error) {
      throw new StageError("invalid_argument", `messages: the chat template of the model refuses them: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** How the template takes the arguments of earlier calls, if it writes them: found by trying. */
  #callsAs(): "object" | "text" | undefined {
    if (this.#calls === undefined) {
      const call = { id: callId(1), name: "name", arguments: { key: "argument" } };
      const turns: readonly TextTurn[] = [{ role: "user", content: "?" }, { role: "assistant", content: "", toolCalls: [call] }, { role: "tool", content: "!", toolCallId: call.id, name: call.name }];
      const writesArguments = (isText: boolean): boolean => {
        try {
          return this.#template.render({ messages: turns.map((turn) => templateMessage(turn, isText)), add_generation_prompt: true, bos_token: "", eos_token: "" }).includes("argument");
        } catch {
          return false;
        }
      };
      this.#calls = { as: writesArguments(false) ? "object" : writesArguments(true) ? "text" : undefined };
    }
    return this.#calls.as;
  }

  #checkLabels(turns: readonly TextTurn[], tools: readonly ToolDefinition[]): void {
    const tool = tools.findIndex((each) => this.#spellsControl(JSON.stringify(templateTool(each))));
    if (tool >= 0) throw new StageError("invalid_argument", `tools[${tool}]: it spells a control token of the model; remove it`);
    const turn = turns.findIndex((each) => labelsOf(each).some((label) => this.#spellsControl(label)));
    if (turn >= 0) throw new StageError("invalid_argument", `messages[${turn}]: the name of a tool or of an argument spells a control token of the model; remove it`);
  }

  /**
   * Which parts of the text from `start` on are contents, found by rendering again with marks around each.
   *
   * Undefined when the marks change what the template does.
   */
  #fragments(messages: readonly TextTurn[], options: RenderOptions, whole: string, start: number): readonly Fragment[] | undefined {
    const nonce = newNonce();
    try {
      const fragments = fragmentsOf(this.#render(messages.map((message) => mapTexts(message, (own) => mark(own, nonce))), options), nonce);
      const text = fragments?.map((fragment) => fragment.text).join("");
      if (text !== whole && text !== whole + this.#backend.specialTokens.end) return undefined;
      return fragments && cut(fragments, start, whole.length);
    } catch {
      return undefined;
    }
  }

  #tokenizeApart(fragments: readonly Fragment[] | undefined, messages: readonly TextTurn[]): Int32Array {
    const pieces = fragments?.map(({ text, isContent }) => ({ isContent, tokens: this.#backend.tokenize(text, { special: !isContent }) }));
    if (!pieces || pieces.some(({ isContent, tokens }) => isContent && this.#controls(tokens).length > 0)) {
      const index = messages.findIndex((message) => this.#saysControl(message));
      throw new StageError("invalid_argument", `messages[${Math.max(index, 0)}].content: it spells a control token of the model, which the model's chat template cannot keep apart; remove it`);
    }
    const tokens = new Int32Array(pieces.reduce((sum, piece) => sum + piece.tokens.length, 0));
    let at = 0;
    for (const piece of pieces) {
      tokens.set(piece.tokens, at);
      at += piece.tokens.length;
    }
    return tokens;
  }

  #saysControl(message: TextTurn): boolean {
    let says = false;
    mapTexts(message, (own) => {
      says ||= this.#spellsControl(own);
      return own;
    });
    return says;
  }

  #spellsControl(content: string): boolean {
    return this.#controls(this.#backend.tokenize(content, { special: true })).length > 0;
  }

  #controlsOfText(text: string): readonly number[] {
    let controls = this.#controlsOf.get(text);
    if (controls) return controls;
    controls = this.#controls(this.#backend.tokenize(text, { special: true }));
    // Templates write a few texts over and over; one that writes dates must not fill the memory.
    if (this.#controlsOf.size >= fragmentsRemembered) this.#controlsOf.clear();
    this.#controlsOf.set(text, controls);
    return controls;
  }

  #controls(tokens: Int32Array): readonly number[] {
    return Array.from(tokens.filter((token) => this.#isControl(token)));
  }

  #isControl(token: number): boolean {
    this.#kinds[token] ||= this.#backend.isEndOfGeneration(token) || this.#backend.tokenBytes(token).length === 0 ? 2 : 1;
    return this.#kinds[token] === 2;
  }
}

function newNonce(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function equal(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
