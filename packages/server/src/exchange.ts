/** What a request asks and what is answered, apart from how either travels. */
import type { Caller } from "./caller.js";
import type { StageRun } from "./stage-run.js";

/** A request. */
export interface Asked {
  readonly method: string;
  /** The path of the URL, normalized, without the query. */
  readonly path: string;
  /** The host that the URL names, with its port unless that is the scheme's own. */
  host(): string;
  readonly caller: Caller;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /**
   * The text of the body, read no further than `maxBytes`; the size that the head says is checked before it is asked for.
   * Throws StageError `resource_exhausted` with reason `too-large` for more, and `invalid_argument` with reason `malformed` where it is not UTF-8.
   */
  text(maxBytes: number): Promise<string>;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  /** Names in lower case, in the order in which they are sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** A whole text, a run that writes itself, or nothing. */
  readonly body: string | StageRun | undefined;
}
