/** Runs of a pipeline. */
import { from, readyStream, StageError, type Batch, type CallOptions, type Stream } from "@iftk/core";
import type { PropertyValue } from "../description.js";
import type { Registry } from "../registry.js";
import { Bus } from "./bus.js";
import { EndReader } from "./end-reader.js";
import { wirerOf } from "./graph-stage.js";
import { isolationOf } from "./isolation-of.js";
import { guard } from "./lift.js";
import type { BusMessage, LinkStatistics, PipelineRun, PipelineState, Replacement } from "./pipeline-run.js";
import type { Plan, PlanNode } from "./plan.js";
import type { PipelineProblem } from "./problem.js";
import { RunElements } from "./run-elements.js";
import { RunLinks } from "./run-links.js";
import { Session } from "./session.js";

/** What is run. */
export interface Runnable {
  readonly plan: Plan;
  /** Told as it begins. */
  readonly warnings: readonly PipelineProblem[];
  readonly registry: Registry;
  readonly live: boolean;
}

/** Milliseconds between statistics. */
const period = 500;

/** Errors that are known again when another branch fails with them. */
const mostErrors = 64;

/** Starts a run of elements that are created for it. */
export function startRun(runnable: Runnable, input: Stream<unknown> = from([]), call: CallOptions = {}): PipelineRun {
  return new Run(runnable, input, call);
}

class Run implements PipelineRun {
  readonly output: Stream<unknown>;
  readonly bus: Stream<BusMessage>;
  readonly done: Promise<void>;
  readonly #runnable: Runnable;
  readonly #call: CallOptions;
  readonly #bus: Bus;
  readonly #links: RunLinks;
  readonly #elements: RunElements;
  readonly #isIsolated: (sink: PlanNode | undefined) => boolean;
  /** Ends the starts of elements. */
  readonly #ending = new AbortController();
  /** Undefined when it was stopped before it began. */
  readonly #playing: Promise<Session | undefined>;
  #session: Session | undefined;
  #reader: EndReader | undefined;
  #state: PipelineState = "null";
  #isStopped = false;
  readonly #told: unknown[] = [];
  #isBusRead = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(runnable: Runnable, input: Stream<unknown>, call: CallOptions) {
    const { plan, live } = runnable;
    this.#runnable = runnable;
    this.#call = call;
    this.#bus = new Bus((isRead) => this.#watch(isRead));
    this.bus = this.#bus.stream;
    this.#enter("null");
    for (const { element = "", message } of runnable.warnings) this.#bus.post({ type: "warning", element, message });
    this.#elements = new RunElements(plan, (element, report) => this.#bus.post({ ...report, element }));
    this.#links = new RunLinks(live, (node) => this.#elements.instances.get(node));
    this.#playing = this.#play(input);
    this.#isIsolated = isolationOf(plan, this.#elements.instances);
    this.done = this.#run();
    this.done.catch(() => {}); // who waits for it is told; nobody has to
    const given = readyStream(
      () => ({ read: () => this.#read(), close: () => this.#leave() }),
      () => this.#leave(),
    );
    this.output = call.signal ? guard(given, { signal: call.signal }) : given;
  }

  get state(): PipelineState {
    return this.#state;
  }

  set(element: string, property: string, value: PropertyValue): void {
    this.#requireRunning();
    this.#elements.set(element, property, value);
  }

  async replace(element: string, use: Replacement): Promise<void> {
    this.#requireRunning();
    await this.#playing.catch(() => {});
    this.#requireRunning();
    await this.#elements.replace(element, use, this.#runnable.registry, this.#ending.signal, (name, error) => this.#tell(error, name));
  }

  statistics(): readonly LinkStatistics[] {
    return this.#links.statistics;
  }

  async stop(reason: unknown = new StageError("canceled", "the run was stopped")): Promise<void> {
    await this.#stop(reason).catch((error: unknown) => this.#tell(error, "output"));
    await this.done.catch(() => {});
  }

  async #stop(reason: unknown): Promise<void> {
    this.#isStopped = true;
    this.#ending.abort(reason);
    await this.#session?.close(reason);
  }

  #requireRunning(): void {
    if (this.#state === "ended" || this.#state === "failed") throw new StageError("failed_precondition", `the run has ${this.#state}; start another one`);
  }

  #enter(state: PipelineState): void {
    this.#state = state;
    this.#bus.post({ type: "state", state });
  }

  /** Tells of an error, once, with the element that it came out of. */
  #tell(error: unknown, element: string): void {
    if (this.#told.some((other) => Object.is(other, error))) return;
    if (this.#told.length < mostErrors) this.#told.push(error);
    this.#bus.post({ type: "error", element: this.#links.originOf(error) ?? element, error });
  }

  /** Creates the elements, makes them ready, and begins. */
  async #play(input: Stream<unknown>): Promise<Session | undefined> {
    const { plan, live } = this.#runnable;
    const elements = this.#elements;
    const { signal } = this.#ending;
    const onFailure = (element: string, error: unknown): void => this.#tell(error, element);
    elements.create(onFailure);
    await Promise.resolve(); // whoever starts a run can stop or change it before it begins
    await elements.start(signal, onFailure);
    signal.throwIfAborted();
    this.#enter("ready");
    const wirer = wirerOf(plan, elements.instances, { link: this.#links.see, ...(live && { stage: elements.slotOf }) });
    this.#enter("playing");
    const onSessionFailure = (error: unknown, sink: PlanNode | undefined): void => this.#tell(error, sink?.name ?? "output");
    this.#session = new Session(wirer, input, this.#call, { isIsolated: this.#isIsolated, onFailure: onSessionFailure });
    this.#session.begin();
    this.#watch(this.#isBusRead);
    return this.#session;
  }

  async #run(): Promise<void> {
    const { signal } = this.#call;
    const abort = (): void => {
      this.#ending.abort(signal?.reason);
      this.#session?.abort(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    let failure: { readonly error: unknown } | undefined;
    try {
      await (await this.#playing)?.done;
    } catch (error) {
      if (!this.#isStopped) failure = { error };
    }
    signal?.removeEventListener("abort", abort);
    this.#ending.abort(new StageError("failed_precondition", "the run has ended"));
    await this.#elements.stop((element, error) => this.#tell(error, element));
    clearInterval(this.#timer);
    if (this.#isBusRead) this.#postStatistics();
    this.#enter(failure ? "failed" : "ended");
    if (!failure) this.#bus.post({ type: "end" });
    this.#bus.end();
    if (failure) throw failure.error;
  }

  #read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    return this.#reader ? this.#reader.read() : this.#readFirst();
  }

  async #readFirst(): Promise<Batch<unknown>> {
    let session: Session | undefined;
    try {
      session = await this.#playing;
    } catch (error) {
      return this.#onOutputFailure(error);
    }
    if (!session) return this.#onOutputEnd();
    this.#reader = new EndReader(session, () => this.#onOutputEnd(), (error) => this.#onOutputFailure(error));
    return this.#reader.read();
  }

  async #onOutputEnd(): Promise<undefined> {
    await this.done;
  }

  async #onOutputFailure(error: unknown): Promise<undefined> {
    if (!this.#isIsolated(undefined)) await this.done; // which fails with the same
    if (!this.#isStopped) throw error;
    await this.done;
  }

  /** Rejects with what something failed with as it was closed. */
  async #leave(): Promise<void> {
    if (this.#call.signal?.aborted) return this.done.catch(() => {}); // it is ending
    if (this.#isIsolated(undefined)) {
      const session = await this.#playing.catch(() => undefined);
      return session?.leaveOutput();
    }
    try {
      await this.#stop(new StageError("canceled", "the consumer stopped reading"));
    } finally {
      await this.done.catch(() => {});
    }
  }

  /** Statistics are made while somebody reads them. */
  #watch(isRead: boolean): void {
    this.#isBusRead = isRead;
    clearInterval(this.#timer);
    if (isRead && this.#state === "playing") this.#timer = this.#runnable.live ? setInterval(() => this.#postStatistics(), period) : undefined;
  }

  #postStatistics(): void {
    if (this.#runnable.live) this.#bus.post({ type: "statistics", links: this.statistics() });
  }
}
