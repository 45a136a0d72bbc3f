/** Prompts that are too long. */

/**
 * The prompt where it is short enough, or else its beginning: whole sentences as far as they fit, or as many characters where no
 * sentence ends among them. Characters are units of UTF-16, as Runway counts; none is cut in two.
 */
export function fitPrompt(prompt: string, longest = 1000): string {
  const text = prompt.trim();
  if (text.length <= longest) return text;
  // The character after what fits tells whether a sentence ends there.
  const [sentences] = /^.*(?:[.!?…]["'”’)\]]*(?=\s)|[。！？](?=.))/su.exec(text.slice(0, longest + 1)) ?? [];
  const cut = sentences ?? text.slice(0, longest);
  return /[\uD800-\uDBFF]$/u.test(cut) ? cut.slice(0, -1) : cut;
}
