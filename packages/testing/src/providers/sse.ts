/** Events of an event stream, written down as providers send them. */

/** One event to be sent. */
export interface SseText {
  readonly event?: string;
  /** A text as it is, line by line; any other value as JSON. */
  readonly data: unknown;
  readonly id?: string;
}

/** The events in the format of the WHATWG HTML standard, section 9.2.6; one piece for each. */
export function sse(events: readonly SseText[]): string[] {
  return events.map(({ event, data, id }) => {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    const lines = [...(event === undefined ? [] : [`event: ${event}`]), ...(id === undefined ? [] : [`id: ${id}`]), ...text.split(/\r\n|\r|\n/).map((line) => `data: ${line}`)];
    return `${lines.join("\n")}\n\n`;
  });
}
