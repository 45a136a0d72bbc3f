/** Texts of others on a terminal. */

/** The text with pictures of its control characters but line feeds and tabs: by those it could move the cursor or change what the terminal shows. */
export function visibleText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\n" || character === "\t") return character;
    return code < 0x20 ? String.fromCharCode(0x24_00 + code) : "\uFFFD";
  });
}
