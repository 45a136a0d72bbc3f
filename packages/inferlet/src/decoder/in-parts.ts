/** Long text in parts that can be looked through more than once. */

const longest = 256;

/**
 * The text in parts of bounded length.
 *
 * A call that turns out to be malformed has its part read anew: so that costs no more than the part,
 * and reading is linear in the text even where everything in it is malformed.
 */
export function inParts(text: string): readonly string[] {
  if (text.length <= longest) return [text];
  return Array.from({ length: Math.ceil(text.length / longest) }, (_, index) => text.slice(index * longest, (index + 1) * longest));
}
