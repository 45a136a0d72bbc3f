/** Turns that were written already, as far as a chat template looks at them. */
import type { TextTurn } from "./text-turn.js";

/**
 * The turns with a mark, of its own for each, in place of what they say.
 *
 * What the system says stays: templates write it again, before a later turn of the user.
 */
export function silentTurns(turns: readonly TextTurn[], nonce: string): readonly TextTurn[] {
  return turns.map((turn, index): TextTurn => {
    if (turn.role === "system") return turn;
    const content = `${nonce}-${index}-`;
    return { ...turn, content, ...(turn.toolCalls && { toolCalls: turn.toolCalls.map((call) => ({ ...call, arguments: { value: content } })) }) };
  });
}

/** The turns with one call each at most, for templates that take no more; the others are in what was written. */
export function withOneCall(turns: readonly TextTurn[]): readonly TextTurn[] {
  return turns.map((turn) => (turn.toolCalls ? { ...turn, toolCalls: turn.toolCalls.slice(0, 1) } : turn));
}

/**
 * Where the earlier turns end in a text that goes on after them: behind the text of them alone, or, where the template writes them
 * otherwise when more follows, behind the last of their marks and what closes it. Undefined where there is no such place.
 */
export function endOfSilent(alone: string, whole: string, nonce: string): number | undefined {
  if (whole.startsWith(alone)) return whole.includes(nonce, alone.length) ? undefined : alone.length;
  const last = alone.lastIndexOf(nonce);
  if (last === -1) return undefined;
  const tail = alone.slice(last);
  const at = whole.lastIndexOf(tail);
  return at === -1 || whole.includes(nonce, at + tail.length) ? undefined : at + tail.length;
}
