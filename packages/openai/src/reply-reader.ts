/** What the three APIs have in common for whoever reads their replies. */
import type { Part } from "@iftk/inference";
import type { SseEvent } from "@iftk/wire";

/** Makes parts of one reply. */
export interface ReplyReader {
  /** Whether the event is the API's terminal mark. */
  isLast(event: SseEvent): boolean;
  /** Whether a reply that ends now has all its text, although the mark has not come. */
  readonly isWhole: boolean;
  /** The parts that an event holds. Throws the StageError that it tells of. */
  take(event: SseEvent): readonly Part[];
  /** The parts of a reply that came as one JSON document. */
  takeWhole(value: unknown): readonly Part[];
  /** Throws StageError `unavailable`, reason `truncated`, where the reply is not over. */
  end(): readonly Part[];
}
