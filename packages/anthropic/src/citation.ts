/** What a reply cites. */
import type { Source } from "@iftk/inference";

/** A citation in any of the provider's forms. */
export interface Citation {
  readonly type?: string;
  readonly cited_text?: string;
  readonly title?: string | null;
  readonly url?: string;
  /** Of a search result: a URL, or any other name of where it is from. */
  readonly source?: string;
  readonly document_title?: string | null;
  readonly document_index?: number;
  readonly file_id?: string | null;
}

/** The source of the text between two offsets in the reply. A document is known by its file id, or by its number among those of the request. */
export function sourceOf(citation: Citation, start: number, end: number): Source {
  const { cited_text: quote, source } = citation;
  const url = citation.url ?? (source !== undefined && /^https?:/i.test(source) ? source : undefined);
  const title = citation.title ?? citation.document_title;
  const id = citation.file_id ?? citation.document_index?.toString() ?? (url === undefined ? source : undefined);
  return {
    type: "source",
    ...(id !== undefined && { id }),
    ...(url !== undefined && { url }),
    ...(title && { title }),
    ...(quote !== undefined && { quote }),
    start,
    end,
  };
}
