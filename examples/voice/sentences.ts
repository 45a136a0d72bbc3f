/** Cuts text that comes in pieces into sentences, each as soon as it is certain. */
import { bidi, type Stream } from "@iftk/core";

/** What settles whether the text before it was a sentence: "at 3 p.m. (" may go on in lower case, "at 3 p.m. (A" may not. */
const settling = /[\p{Lu}\p{Ll}\p{Lo}\p{Sentence_Terminal}\n\r\u{85}\u{2028}\u{2029}]/u;

/** Gives sentences without the space around them, by the rules of Unicode (UAX 29); the last one needs no full stop. */
export const sentences = (language = "en") => {
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  return bidi(async function* sentences(chunks: Stream<string>) {
    let text = "";
    for await (const chunk of chunks) {
      text += chunk;
      let end = 0;
      for (const { segment, index } of segmenter.segment(text)) {
        const next = index + segment.length;
        if (!settling.test(text.slice(next))) break;
        if (segment.trim()) yield segment.trim();
        end = next;
      }
      text = text.slice(end);
    }
    for (const { segment } of segmenter.segment(text)) if (segment.trim()) yield segment.trim();
  });
};
