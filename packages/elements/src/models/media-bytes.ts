/** Generated media as bytes. */
import { sync, type Bidi } from "@iftk/core";
import type { ElementSetting } from "@iftk/graph";
import { checkFinish, type Finish, type MediaPart } from "@iftk/inference";

/** The bytes of the media of a reply as they come, without previews; how far the provider is and what it warns of is reported. */
export const mediaBytes = (setting: ElementSetting): Bidi<MediaPart, Uint8Array> => sync("mediaBytes", () => {
  const previews = new Set<number>();
  let finish: Finish | undefined;
  return {
    take(part) {
      if (part.type === "media-delta") return previews.has(part.index) ? [] : [part.bytes];
      if (part.type === "media-start" && part.isPreview) previews.add(part.index);
      else if (part.type === "progress") setting.report({ type: "progress", status: part.status, ...(part.fraction !== undefined && { fraction: part.fraction }) });
      else if (part.type === "warning") setting.report({ type: "warning", message: part.message });
      else if (part.type === "finish") finish = part;
      return [];
    },
    end() {
      checkFinish(finish);
      return [];
    },
  };
});
