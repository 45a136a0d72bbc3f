/** Stages that run on a server, as stages here. */
import { bidi, inputStream, last, outputStream, readyStream, unary } from "@iftk/core";
import type { AnyStage, Bidi, Call, InputOf, InputStream, OutputOf, OutputStream, Stream, Unary } from "@iftk/core";
import { callServer } from "./call-server.js";
import { lateReader } from "./late-reader.js";
import type { RemoteOptions } from "./remote-options.js";

/** What `remote` takes: any mode but `output-stream` must be named, for the URL does not tell. */
export type RemoteParameters<S extends AnyStage> = S["mode"] extends "output-stream"
  ? [url: string | URL, options?: RemoteOptions & { readonly mode?: "output-stream" }]
  : [url: string | URL, options: RemoteOptions & { readonly mode: S["mode"] }];

/** A stage of the same mode and types as `S`. */
export type Remote<S extends AnyStage> = {
  readonly unary: Unary<InputOf<S>, OutputOf<S>>;
  readonly "output-stream": OutputStream<InputOf<S>, OutputOf<S>>;
  readonly "input-stream": InputStream<InputOf<S>, OutputOf<S>>;
  readonly bidi: Bidi<InputOf<S>, OutputOf<S>>;
}[S["mode"]];

/**
 * The stage at a URL: `remote<typeof chat>("/chat")`, or `remote<typeof upper>("/upper", { mode: "unary" })`.
 * One that takes a value is called with POST; one that takes a stream over a WebSocket, whose code is loaded by the first such call.
 *
 * Its errors are those of the stage, with code, message, reason and path, and those of its input, untouched. Beyond them it throws StageError
 * `unavailable` where the server cannot be reached, with reason `truncated` where the answer is cut,
 * `deadline_exceeded` with reason `idle` where no content comes for `idleTimeout`,
 * and `invalid_argument` for an input that JSON cannot carry; bytes (`Uint8Array`) travel as values of a stream alone.
 * An abort and a consumer that leaves close the connection; a deadline is kept on both ends.
 */
export function remote<S extends AnyStage>(...parameters: RemoteParameters<S>): Remote<S> {
  const [url, options = {}] = parameters as [url: string | URL, options?: RemoteOptions & { mode?: AnyStage["mode"] }];
  const { mode = "output-stream" } = options;
  const post = (input: unknown, call: Call): Stream<unknown> => callServer(url, input, call, options);
  const exchange = (input: Stream<unknown>, call: Call): Stream<unknown> =>
    readyStream(() => lateReader(async () => {
      const { SocketCall } = await import("./call-socket.js");
      return () => new SocketCall(url, input, call, options);
    }));
  const label = /([^/]*)\/*$/.exec(String(url).split(/[?#]/, 1)[0] ?? "")?.[1] || "remote";
  const named = <F extends object>(run: F): F => Object.defineProperty(run, "name", { value: label });
  const declare = {
    unary: () => unary(named((input: unknown, call: Call) => last(post(input, call)))),
    "output-stream": () => outputStream(named(post)),
    "input-stream": () => inputStream(named((input: Stream<unknown>, call: Call) => last(exchange(input, call)))),
    bidi: () => bidi(named(exchange)),
  };
  return declare[mode]() as unknown as Remote<S>;
}
