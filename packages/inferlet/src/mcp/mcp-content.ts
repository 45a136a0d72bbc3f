/** What MCP servers give, in the shapes that messages to models have. */
import type { ContentBlock, ReadResourceResult } from "@modelcontextprotocol/client";
import type { McpContent, McpMedia, McpResourceContents } from "../session/mcp.js";

/** What a message with the result of a tool may hold. */
export type ToolMessageContent = { readonly type: "text"; readonly text: string } | { readonly type: "image"; readonly image: McpMedia };

/** A piece in our shape. */
export function contentOf(block: ContentBlock): McpContent {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "image":
      return { type: "image", image: { data: block.data, mediaType: block.mimeType } };
    case "audio":
      return { type: "audio", audio: { data: block.data, mediaType: block.mimeType } };
    case "resource":
      return { type: "resource", resource: resourceOf(block.resource) };
    case "resource_link":
      return { type: "resource-link", uri: block.uri, name: block.name, ...(block.description !== undefined && { description: block.description }), ...mediaTypeOf(block) };
  }
}

/** The contents of a resource in our shape. */
export function resourceOf(contents: ReadResourceResult["contents"][number]): McpResourceContents {
  return { uri: contents.uri, ...mediaTypeOf(contents), ...("text" in contents ? { text: contents.text } : { data: contents.blob }) };
}

/** The media type, where there is one. */
export function mediaTypeOf({ mimeType }: { readonly mimeType?: string | undefined }): { readonly mediaType?: string } {
  return mimeType === undefined ? {} : { mediaType: mimeType };
}

/** The content as a message with the result of a tool holds it: texts, images, and a line for what a model cannot be shown. */
export function toolMessageContent(content: readonly McpContent[]): ToolMessageContent[] {
  return content.map((part) => {
    if (part.type === "text" || part.type === "image") return part;
    if (part.type === "audio") return { type: "text", text: `[audio, ${part.audio.mediaType}]` };
    if (part.type === "resource-link") return { type: "text", text: `[resource ${part.uri}: ${part.description ?? part.name}]` };
    const { resource } = part;
    if ("text" in resource) return { type: "text", text: resource.text };
    const { data, mediaType = "application/octet-stream" } = resource;
    return mediaType.startsWith("image/") ? { type: "image", image: { data, mediaType } } : { type: "text", text: `[resource ${resource.uri}, ${mediaType}]` };
  });
}
