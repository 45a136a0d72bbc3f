/** Stages that run on a server, as stages here. */
import { last, outputStream, unary } from "@iftk/core";
import type { Call, InputOf, OutputOf, OutputStream, Stream, Unary } from "@iftk/core";
import { callServer } from "./call-server.js";
import type { RemoteOptions } from "./call-server.js";

/** The stages that POST and server-sent events carry. */
export type RemoteStage = Unary<never, unknown> | OutputStream<never, unknown>;

/** What `remote` takes: a unary stage must be named as one, for the URL does not tell. */
export type RemoteParameters<S extends RemoteStage> = S["mode"] extends "output-stream"
  ? [url: string | URL, options?: RemoteOptions & { readonly mode?: "output-stream" }]
  : [url: string | URL, options: RemoteOptions & { readonly mode: S["mode"] }];

/** A stage of the same mode and types as `S`. */
export type Remote<S extends RemoteStage> = S["mode"] extends "unary" ? Unary<InputOf<S>, OutputOf<S>> : OutputStream<InputOf<S>, OutputOf<S>>;

/**
 * The stage at a URL: `remote<typeof chat>("/chat")`, or `remote<typeof upper>("/upper", { mode: "unary" })`.
 *
 * Its errors are those of the stage, with code, message, reason and path. Beyond them it throws StageError
 * `unavailable` where the server cannot be reached, with reason `truncated` where the answer is cut,
 * `deadline_exceeded` with reason `idle` where no content comes for `idleTimeout`,
 * and `invalid_argument` for an input that JSON cannot carry.
 * An abort and a consumer that leaves close the connection.
 */
export function remote<S extends RemoteStage>(...parameters: RemoteParameters<S>): Remote<S> {
  const [url, options = {}] = parameters as [url: string | URL, options?: RemoteOptions & { mode?: string }];
  const label = /([^/]*)\/*$/.exec(String(url).split(/[?#]/, 1)[0] ?? "")?.[1] || "remote";
  const run = (input: unknown, { signal }: Call): Stream<unknown> => callServer(url, input, signal, options);
  const only = (input: unknown, call: Call): Promise<unknown> => last(run(input, call));
  const isUnary = options.mode === "unary";
  Object.defineProperty(isUnary ? only : run, "name", { value: label });
  return (isUnary ? unary(only) : outputStream(run)) as unknown as Remote<S>;
}
