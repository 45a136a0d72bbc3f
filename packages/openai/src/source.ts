/** What a text rests on. */
import type { Source } from "@iftk/inference";
import { numberIn, textIn, type JsonRecord } from "./record.js";

/** The source that an annotation names: a page, a file of the account or of a container. Its offsets are counted from `from`. */
export function sourceOf(annotation: JsonRecord, from = 0): Source {
  const url = textIn(annotation, "url");
  const title = textIn(annotation, "title") ?? textIn(annotation, "filename");
  const id = textIn(annotation, "file_id");
  const start = numberIn(annotation, "start_index") ?? numberIn(annotation, "index");
  const end = numberIn(annotation, "end_index");
  return {
    type: "source",
    ...(id !== undefined && { id }),
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(start !== undefined && { start: from + start }),
    ...(end !== undefined && { end: from + end }),
  };
}
