/** Texts of others on a terminal. */

/** The text with pictures of its control characters but ends of lines and tabs: by those it could move the cursor or change what the terminal shows. */
export function visibleText(text: string): string {
  return text.replaceAll(/\r(?!\n)|[^\P{Cc}\n\r\t]/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x24_00 + code) : "\uFFFD";
  });
}
