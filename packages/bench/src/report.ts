/** What a run of the benchmarks says: the shape of its JSON. */
import type { Measured } from "./measure.js";
import type { SourceKind } from "./workload/sources.js";

/** A pipeline of one implementation over one kind of source; CPU time. */
export interface Cell {
  readonly source: SourceKind;
  readonly stages: number;
  /** How many of the stages are asynchronous; left out where none is. */
  readonly asyncStages?: number;
  readonly implementation: string;
  /** CPU nanoseconds for each item of the source. */
  readonly nsPerItem: number;
  /** The median of the ratios within a round to the loop written by hand. */
  readonly vsFloor: number;
  readonly vsAsyncGenerators: number;
}

/** What one synchronous stage more costs, between five stages and ten. */
export interface Slope {
  readonly source: SourceKind;
  readonly implementation: string;
  readonly nsPerStage: number;
  /** Null where the floor's own slope was too small to be measured. */
  readonly vsFloor: number | null;
}

/** One implementation of a fork, a merge or many pipelines at once; CPU time for each item of the source. */
export interface Compared {
  readonly implementation: string;
  readonly nsPerItem: number;
  readonly vsFloor: number;
}

/** What many open, idle pipelines hold of the heap beyond their sources. */
export interface Held {
  readonly implementation: string;
  readonly bytesPerPipeline: number;
}

/** What happened after an abort while a read was pending on a source that never answers. */
export interface Aborted {
  readonly implementation: string;
  /** Turns of the event loop until the source was closed; null when it was not within a hundred. */
  readonly turnsToClosed: number | null;
  readonly millisecondsToClosed: number | null;
  /** Turns until the pending read settled; null when it did not. */
  readonly turnsToSettled: number | null;
}

/** How tokens come to a server: eight at a time with pauses between, or all without a pause. */
export type ServingPattern = "bursts of 8" | "no wait";

/** One way to serve tokens as server-sent events to many clients at once; CPU time of the server's process. */
export interface ServedTokens {
  readonly implementation: string;
  readonly pattern: ServingPattern;
  readonly clients: number;
  /** CPU nanoseconds for each token of the source. */
  readonly nsPerToken: number;
  /** The median of the ratios within a round to node:http with the writes of a turn as one. */
  readonly vsNodeHttp: number;
}

/** What an open stream that has nothing to give holds of the server's heap, its connection included. */
export interface HeldByStream {
  readonly implementation: string;
  readonly clients: number;
  readonly bytesPerStream: number;
  readonly aboveNodeHttp: number;
}

/** What a message costs a server of the library on one wire; CPU time of the server's process. */
export interface WireCost {
  readonly wire: "HTTP" | "WebSocket" | "gRPC";
  /** How messages come and go. */
  readonly exchange: string;
  /** What is served: a stage or a task. */
  readonly implementation: string;
  /** The server that is written by hand, in the same process. */
  readonly plain: string;
  /** CPU nanoseconds for each message, of many clients at one time. */
  readonly nsPerMessage: number;
  readonly plainNsPerMessage: number;
  /** The median of the ratios within a round. */
  readonly vsPlain: number;
  /** From saying something to its whole answer, of one client alone. */
  readonly roundTripMicroseconds: number;
  readonly plainRoundTripMicroseconds: number;
}

/** A pipeline that is written down beside the same one in code; CPU time. */
export interface WrittenCost {
  readonly pipeline: string;
  readonly source: SourceKind;
  readonly way: string;
  /** CPU nanoseconds for each item of the source. */
  readonly nsPerItem: number;
  /** The median of the ratios within a round. */
  readonly vsCode: number;
}

/** What it costs to read a JSON text in pieces of four characters as partial values; CPU time. */
export interface JsonCost {
  readonly implementation: string;
  readonly characters: number;
  /** For the whole text. */
  readonly milliseconds: number;
  /** The median of the ratios within a round to `parsePartialJson` of the AI SDK. */
  readonly vsAiSdk: number;
  /** How many times dearer a text of twice the length is; null where it was not measured. */
  readonly twiceTheLength: number | null;
}

/** What a chunk of a recorded chat stream costs to read, from the bytes of a fetch to what the consumer sees; CPU time. */
export interface ParsingCost {
  readonly api: "chat-completions" | "responses" | "messages";
  /** How the bytes come. */
  readonly reads: "an event a read" | "16 KiB a read";
  readonly implementation: string;
  readonly nsPerChunk: number;
  /** The median of the ratios within a round to the official SDK alone. */
  readonly vsSdk: number;
}

/** A way to generate beside the bare loop of decode and argmax over the same backend; wall time. */
export interface InferletCost {
  readonly model: string;
  readonly way: string;
  /** Microseconds for each token. */
  readonly microseconds: number;
  /** The median of the ratios within a turn to the bare loop. */
  readonly ratio: number;
}

/** Another number of what stands over a backend. */
export interface InferletFigure {
  readonly model: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** A bundle for browsers. */
export interface Size {
  readonly bundle: string;
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
}

export interface Machine {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGigabytes: number;
  readonly date: string;
  readonly quick: boolean;
}

/** A number that the library is held to. */
export interface Target {
  readonly name: string;
  /** The most that is allowed, or the least where `atLeast` is set. */
  readonly target: number;
  readonly atLeast?: true;
  readonly unit: string;
  /** Null where it never came to that. */
  readonly measured: number | null;
  readonly met: boolean;
}

/** Everything; a suite that was not run is an empty list. */
export interface Report {
  readonly cells: readonly Cell[];
  /** The same, with one pipeline in the process. */
  readonly alone: readonly Cell[];
  readonly slopes: readonly Slope[];
  readonly fork: readonly Compared[];
  readonly merge: readonly Compared[];
  readonly many: readonly Compared[];
  readonly memory: readonly Held[];
  readonly abort: readonly Aborted[];
  readonly sizes: readonly Size[];
  readonly generation: readonly Measured[];
  readonly serving: readonly ServedTokens[];
  readonly servingMemory: readonly HeldByStream[];
  readonly wires: readonly WireCost[];
  readonly written: readonly WrittenCost[];
  readonly json: readonly JsonCost[];
  readonly parsing: readonly ParsingCost[];
  readonly inferlets: readonly InferletCost[];
  readonly inferletFigures: readonly InferletFigure[];
  /** Implementations that were left out, each with the reason. */
  readonly skipped: readonly string[];
  /** Implementations that failed, each with what it said. */
  readonly failed: readonly string[];
  readonly machine: Machine;
  readonly targets: readonly Target[];
}
