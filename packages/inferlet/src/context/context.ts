/** What a model has read so far, to be gone on with. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, Backend, Sequence } from "../backend.js";
import type { Event } from "../decoder/event.js";
import type { ToolDefinition } from "../decoder/format.js";
import { Model } from "../model/model.js";
import { Sampler } from "../sampling/sampler.js";
import type { ContextOptions, FillOptions, FlushOptions } from "./context-options.js";
import { ContextTokens } from "./context-tokens.js";
import { Conversation } from "./conversation.js";
import type { EventOptions, GenerationOptions } from "./generation-options.js";
import { generation } from "./generation.js";
import { OpenNames } from "./open-names.js";
import { replyEvents } from "./reply-events.js";
import { readSavedContext, writeSavedContext } from "./saved-context.js";
import { type TokenGeneration, TokenStream } from "./token-stream.js";
import { answerOf, toolOf } from "./tool-of.js";

const open = new OpenNames<Context>();

/**
 * Tokens that a model goes on from: those whose keys and values are computed, and those that wait.
 *
 * Turns and texts are added without a pass; `flush` and `generate` compute what waits, of which what another context of the model
 * has computed already is shared. What is generated becomes part of it. It does one thing at a time: a call while it generates or
 * flushes is StageError `failed_precondition`, but for `fork` and `tokens` between two tokens, and `release`.
 *
 * Whoever makes one releases it, or lets `using` do so; the model may keep what it computed for contexts that begin alike.
 */
export class Context implements Disposable, AsyncDisposable {
  readonly model: Model;
  readonly name: string;
  readonly #adapters: readonly AppliedAdapter[];
  #held: ContextTokens;
  #conversation: Conversation;
  #work: "generates" | "works" | undefined;
  #isReleased = false;

  /** @throws StageError `failed_precondition`, reason `exists`, when a context of the model has the name. */
  constructor(model: Model | Backend, { name, fill, adapters = [] }: ContextOptions = {}) {
    this.model = Model.of(model);
    this.name = name ?? open.next(this.model);
    this.#adapters = adapters;
    this.#held = new ContextTokens(this.model, adapters);
    this.#conversation = new Conversation(() => this.model.chatTemplate);
    open.check(this.model, this.name);
    if (typeof fill === "string") this.fill(fill, { special: true });
    else if (fill !== undefined) this.fillTokens(fill);
    open.add(this.model, this);
  }

  /** The context of a model that is open under a name. */
  static lookup(model: Model | Backend, name: string): Context | undefined {
    return open.find(Model.of(model), name);
  }

  /**
   * A context out of what `save` gave, without a pass.
   *
   * @throws StageError `invalid_argument`, reason `state`, for bytes that are damaged or of another model.
   */
  static async restore(model: Model | Backend, saved: Uint8Array, options: Omit<ContextOptions, "fill"> = {}): Promise<Context> {
    const { tokens, conversation, state } = await readSavedContext(Model.of(model), saved);
    const context = new Context(model, options);
    try {
      await context.#exclusively(() => context.#held.restore(tokens, state));
      context.#checkOpen();
    } catch (error) {
      context.release();
      context.#held.release(true);
      throw error;
    }
    context.#conversation.restore(conversation);
    return context;
  }

  /** All tokens as they are now, those that wait included. */
  get tokens(): readonly number[] {
    this.#checkOpen();
    return [...this.#held.all, ...this.#conversation.waitingTokens];
  }

  /** How many tokens there are. */
  get length(): number {
    this.#checkOpen();
    return this.#held.length + this.#conversation.waitingTokens.length;
  }

  /** The sequence that holds what is computed, for passes by hand; tokens that they append are to be told by `fillTokens`. */
  get sequence(): Sequence {
    this.#write();
    return this.#held.ownSequence();
  }

  /** What the system says. */
  system(text: string): this {
    return this.#turn("system", text);
  }

  /** What the user says. */
  user(text: string): this {
    return this.#turn("user", text);
  }

  /** What the assistant said earlier. */
  assistant(text: string): this {
    return this.#turn("assistant", text);
  }

  /** Begins the turn of the assistant, if it is not begun. */
  cue(): this {
    this.#write();
    if (!this.#conversation.isReplyOpen) this.#conversation.begin((tokens) => this.#held.append(tokens));
    return this;
  }

  /** Ends the turn of the assistant. */
  seal(): this {
    this.#check();
    this.#conversation.seal((closing) => this.#held.append(this.model.tokenizer.encode(closing, { special: true })));
    return this;
  }

  /** Appends a text as it is. */
  fill(text: string, { special = false }: FillOptions = {}): this {
    return this.fillTokens(this.model.tokenizer.encode(text, { special }));
  }

  /** Appends tokens. @throws StageError `invalid_argument` for what is no token. */
  fillTokens(tokens: ArrayLike<number>): this {
    this.#write();
    const { tokenizer } = this.model;
    for (let index = 0; index < tokens.length; index++) {
      if (!tokenizer.has(tokens[index])) throw new StageError("invalid_argument", `context: ${String(tokens[index])} at ${index} is not a token; they go from 0 to ${tokenizer.size - 1}`);
    }
    this.#held.append(tokens);
    return this;
  }

  /**
   * Tells the model of tools, at the beginning of the conversation.
   *
   * @param tools definitions, or the JSON of them
   * @throws StageError `invalid_argument` for what is no definition; `failed_precondition` once the conversation has begun.
   */
  equipTools(tools: readonly (ToolDefinition | string)[]): this {
    this.#check();
    this.#conversation.equip(tools.map(toolOf));
    return this;
  }

  /** Adds what a tool gave: a text, or a value that is told as JSON. A reply that is open is sealed. @throws StageError `invalid_argument` for what has no JSON. */
  answerTool(name: string, value: unknown): this {
    const answer = answerOf(name, value);
    this.#sealOpen();
    this.#conversation.answer(name, answer);
    return this;
  }

  /** Computes all tokens but the last, which the next generation begins with. */
  async flush({ signal }: FlushOptions = {}): Promise<void> {
    this.#write();
    await this.#exclusively(() => this.#held.compute(this.#held.length - 1, this.#adapters, signal));
  }

  /** A second context with the same tokens, which shares what is computed. Throws as the constructor does, and when no more sequences can be open. */
  fork(name?: string): Context {
    if (this.#work !== "generates") this.#check();
    else this.#checkOpen();
    const fork = new Context(this.model, { name, adapters: this.#adapters });
    try {
      fork.#held = this.#held.fork();
    } catch (error) {
      fork.release();
      throw error;
    }
    fork.#conversation = this.#conversation.copy();
    return fork;
  }

  /**
   * Drops the tokens from position `length` on, and the turns that are not complete then; a reply of which some stays is gone on with.
   *
   * @throws StageError `invalid_argument` for more than there are.
   */
  truncate(length: number): this {
    this.#check();
    // Turns that wait are not written where none of them stays: the template may refuse them.
    if (length > this.#held.length) this.#write();
    if (!Number.isInteger(length) || length < 0 || length > this.#held.length) throw new StageError("invalid_argument", `context: it cannot be truncated to ${length}; it has ${this.#held.length} tokens`);
    this.#held.truncate(length);
    this.#conversation.truncate(length);
    return this;
  }

  /**
   * Drops the tokens from `start` up to before `end`, so that a context which is full can go on; those after them move down.
   *
   * @throws StageError `invalid_argument` for a range that there is not; `unimplemented`, reason `backend`, where the backend cannot.
   */
  async discard(start: number, end: number): Promise<void> {
    this.#write();
    const { length } = this.#held;
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length)) throw new StageError("invalid_argument", `context: ${start} to ${end} cannot be discarded; it has ${length} tokens`);
    await this.#exclusively(() => this.#held.discard(start, end));
    this.#conversation.discard(start, end);
  }

  /** All there is as bytes, from which `restore` makes the context again, with what was computed. */
  async save(): Promise<Uint8Array> {
    this.#write();
    return this.#exclusively(async () => writeSavedContext(this.model, { tokens: this.#held.all, conversation: this.#conversation.save(), state: await this.#held.save() }));
  }

  /** Gives back what it holds, and ends what runs. Calling it again does nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    open.delete(this.model, this);
    this.#held.release(this.#work !== undefined);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  /**
   * Goes on from here, beginning the assistant's turn where a conversation waits for one; with `decode` it is read as events.
   *
   * It begins when it is read, and what it throws is thrown there: beside what passes, processors and the sampler throw,
   * StageError `failed_precondition` when there is nothing to go on from.
   */
  generate(sampler: Sampler | undefined, options: EventOptions): AsyncGenerator<Event, void, undefined>;
  generate(sampler?: Sampler, options?: GenerationOptions): TokenStream;
  generate(sampler: Sampler = Sampler.topP(), options: EventOptions | GenerationOptions = {}): AsyncGenerator<Event, void, undefined> | TokenStream {
    const run = (): TokenGeneration => this.#generate(sampler, options);
    if (!("decode" in options)) return new TokenStream(this.model.backend, options.stop ?? [], run);
    return replyEvents({ model: this.model, held: this.#held, conversation: this.#conversation }, new TokenStream(this.model.backend, [], run), options);
  }

  /** The text that the model goes on with. */
  generateText(sampler?: Sampler, options?: GenerationOptions): Promise<string> {
    return this.generate(sampler, options).text();
  }

  #generate(sampler: Sampler, options: GenerationOptions): TokenGeneration {
    this.#write();
    if (options.autoFlush !== false && !this.#conversation.isEmpty) this.cue();
    if (this.#held.length === 0) throw new StageError("failed_precondition", `context ${this.name}: it is empty; fill it with a text or a turn first`);
    this.#work = "generates";
    return generation(this.model, this.#held, sampler, options, () => (this.#work = undefined));
  }

  #turn(role: "system" | "user" | "assistant", content: string): this {
    this.#sealOpen();
    this.#conversation.add({ role, content });
    return this;
  }

  #sealOpen(): void {
    this.#check();
    if (this.#conversation.isReplyOpen) this.seal();
  }

  /** Writes the turns that wait. */
  #write(): void {
    this.#check();
    this.#conversation.take((tokens) => this.#held.append(tokens));
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#work = "works";
    try {
      return await work();
    } finally {
      this.#work = undefined;
    }
  }

  #check(): void {
    this.#checkOpen();
    if (this.#work !== undefined) throw new StageError("failed_precondition", `context ${this.name}: it ${this.#work} already; wait for that${this.#work === "generates" ? ", or fork it" : ""}`);
  }

  #checkOpen(): void {
    if (this.#isReleased) throw new StageError("failed_precondition", `context ${this.name}: it is released; make a new one`);
  }
}
