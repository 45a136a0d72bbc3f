/** The event stream format of the WHATWG HTML standard, section 9.2.6, read bit by bit. */
import { StageError } from "@iftk/core";

/** One dispatched server-sent event. */
export interface SseEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
  /** The last id the stream gave, on this event or before it. */
  readonly lastEventId: string;
}

export interface SseReaderOptions {
  /** Characters that one event may hold, unfinished lines included; 16 Mi without it. */
  readonly maxEventSize?: number;
}

/** A parser that is fed the bytes of one event stream as they come. */
export interface SseReader {
  /** The events that these bytes complete. Throws StageError `resource_exhausted` when an event is too large. */
  push(bytes: Uint8Array): SseEvent[];
  /** The reconnection time in milliseconds that the stream asked for last. */
  readonly retry: number | undefined;
}

/** Gives a reader at the start of a stream. The work for all chunks together is linear in their bytes, however they are cut. */
export function sseReader({ maxEventSize = 2 ** 24 }: SseReaderOptions = {}): SseReader {
  // Decodes as the standard asks: a leading byte order mark is dropped, invalid bytes become U+FFFD.
  const decoder = new TextDecoder();
  /** The unfinished line. It is only ever appended to, so that a long line in small chunks stays linear. */
  let rest = "";
  let afterCarriageReturn = false;
  let data: string | undefined;
  let type = "";
  let lastEventId = "";
  let retry: number | undefined;

  function takeLine(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (data !== undefined) events.push({ type: type || "message", data, lastEventId });
      data = undefined;
      type = "";
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "data") data = data === undefined ? value : `${data}\n${value}`;
    else if (field === "event") type = value;
    else if (field === "id") lastEventId = value.includes("\0") ? lastEventId : value;
    else if (field === "retry" && /^\d+$/.test(value)) retry = Number(value);
  }

  function checkSize(length: number): void {
    if (length + (data?.length ?? 0) <= maxEventSize) return;
    throw new StageError("resource_exhausted", `An event of the stream is larger than ${maxEventSize} characters.`, {
      reason: "too-large",
    });
  }

  return {
    get retry() {
      return retry;
    },
    push(bytes) {
      const events: SseEvent[] = [];
      const text = decoder.decode(bytes, { stream: true });
      if (text === "") return events;
      let start = afterCarriageReturn && text[0] === "\n" ? 1 : 0;
      afterCarriageReturn = text.endsWith("\r");
      let feed = text.indexOf("\n", start);
      let carriage = text.indexOf("\r", start);
      while (feed >= 0 || carriage >= 0) {
        const end = carriage < 0 || (feed >= 0 && feed < carriage) ? feed : carriage;
        checkSize(rest.length + end - start);
        takeLine(rest + text.slice(start, end), events);
        rest = "";
        start = end === carriage && feed === end + 1 ? end + 2 : end + 1;
        if (feed >= 0 && feed < start) feed = text.indexOf("\n", start);
        if (carriage >= 0 && carriage < start) carriage = text.indexOf("\r", start);
      }
      rest += text.slice(start);
      checkSize(rest.length);
      return events;
    },
  };
}
