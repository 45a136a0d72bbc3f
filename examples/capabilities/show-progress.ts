/** What becomes of media while they are made. */
import { sync, type Bidi } from "@iftk/core";
import type { MediaPart } from "@iftk/inference";

/** Passes the parts on and tells what has changed. */
export function showProgress(tell: (line: string) => void): Bidi<MediaPart, MediaPart> {
  return sync("showProgress", () => {
    let last: string | undefined;
    return {
      take(part: MediaPart) {
        const line = lineOf(part) ?? last;
        if (line !== undefined && line !== last) tell(line);
        last = line;
        return [part];
      },
      end: () => [],
    };
  });
}

function lineOf(part: MediaPart): string | undefined {
  if (part.type === "progress") return part.fraction === undefined ? part.status : `${part.status}: ${Math.round(part.fraction * 100)} %`;
  if (part.type === "media-start") return part.isPreview ? `preview ${part.index + 1}` : `receiving ${part.mediaType}`;
  return part.type === "warning" ? part.message : undefined;
}
