/** A stage whose elements are made ready by its first run and stopped when no run is left. */
import { intercept, readyStream, StageError, type AnyStage, type Batch, type Call, type ReadyReader, type Stream, type Transform } from "@iftk/core";
import { readerOf } from "@iftk/core/authoring";
import { EndReader } from "./end-reader.js";
import type { Instances } from "./instance.js";
import { StartedElements } from "./started-elements.js";

/** The stage, which makes its elements ready before anything flows; the same one where none of them needs it. */
export function startedStage(stage: AnyStage, instances: Instances): AnyStage {
  if (![...instances.values()].some(({ definition }) => definition.start)) return stage;
  const users = new Users(instances);
  return intercept(stage, function starting<In, Out>(next: Transform<In, Out>): Transform<In, Out> {
    return (input: Stream<In>, call: Call) => {
      const open = (): ReadyReader<unknown> => readerOf(next(input, call));
      return readyStream(() => new StartingReader(users, open) as ReadyReader<Out>, () => open().close?.());
    };
  });
}

/** The runs of a stage, which share what was made ready. */
class Users {
  readonly #instances: Instances;
  #count = 0;
  #use: { readonly started: Promise<void>; readonly elements: StartedElements; readonly ending: AbortController } | undefined;
  /** The last use has been stopped. */
  #stopped: Promise<void> = Promise.resolve();

  constructor(instances: Instances) {
    this.#instances = instances;
  }

  /** Resolves when the elements are ready; those that begin together wait for the same. */
  enter(): Promise<void> {
    this.#count++;
    if (!this.#use) {
      const [elements, ending] = [new StartedElements(), new AbortController()];
      this.#use = { elements, ending, started: this.#start(elements, ending.signal) };
    }
    return this.#use.started;
  }

  async #start(elements: StartedElements, signal: AbortSignal): Promise<void> {
    await this.#stopped;
    for (const instance of this.#instances.values()) await elements.start(instance, signal);
  }

  /** Rejects with what an element failed with when it was stopped after the last run. */
  async leave(): Promise<void> {
    const use = this.#use;
    if (--this.#count > 0 || !use) return;
    this.#use = undefined;
    use.ending.abort(new StageError("canceled", "nobody is left who waits for the start"));
    const failures: unknown[] = [];
    const stopping = use.started.catch(() => {}).then(() => use.elements.stop((_, error) => failures.push(error)));
    this.#stopped = stopping;
    await stopping;
    if (failures.length > 0) throw failures[0];
  }
}

class StartingReader implements ReadyReader<unknown> {
  readonly #users: Users;
  readonly #open: () => ReadyReader<unknown>;
  #reader: EndReader | undefined;
  #hasEntered = false;
  #isOver = false;

  constructor(users: Users, open: () => ReadyReader<unknown>) {
    this.#users = users;
    this.#open = open;
  }

  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    return this.#reader ? this.#reader.read() : this.#begin();
  }

  async #begin(): Promise<Batch<unknown>> {
    this.#hasEntered = true;
    try {
      await this.#users.enter();
    } catch (error) {
      await this.#leaveUnread();
      return this.#fail(error);
    }
    if (this.#isOver) return undefined;
    this.#reader = new EndReader(this.#open(), () => this.#end(), (error) => this.#fail(error));
    return this.#reader.read();
  }

  async #end(): Promise<undefined> {
    await this.#leave();
  }

  async #fail(failure: unknown): Promise<never> {
    await this.#leave().catch(() => {}); // the failure of the run is the first
    throw failure;
  }

  async #leave(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#hasEntered) await this.#users.leave();
  }

  /** The input is told that it will never be read. */
  async #leaveUnread(): Promise<void> {
    if (!this.#isOver) await this.#open().close?.();
  }

  async close(): Promise<void> {
    try {
      if (this.#reader) await this.#reader.close();
      else await this.#leaveUnread();
    } finally {
      await this.#leave();
    }
  }
}
