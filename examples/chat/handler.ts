/** The page, its chat stage and the model's counters behind one handler. */
import { fileURLToPath } from "node:url";
import type { OutputStream } from "@iftk/core";
import type { ChatRequest, Part } from "@iftk/inference";
import { serve, type Handler } from "@iftk/server";
import { staticFiles, strictHeaders } from "./static-files.js";

/** Folder of the built page, beside the built server. */
const builtPage = fileURLToPath(new URL("./page/", import.meta.url));

export interface HandlerOptions {
  /** The stage that answers at `POST /chat`. */
  readonly chat: OutputStream<ChatRequest, Part>;
  /** What `GET /stats` says at this moment. */
  readonly statistics: () => object;
  /** Folder of the built page; the one beside the built server when left out. */
  readonly pageDirectory?: string | undefined;
}

/** Serves the stage at `POST /chat`, the counters at `GET /stats` and the page everywhere else. */
export async function createHandler({ chat, statistics, pageDirectory = builtPage }: HandlerOptions): Promise<Handler> {
  const api = serve({ chat });
  const page = await staticFiles(pageDirectory);
  return function handle(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/chat") return api(request);
    if (pathname === "/stats") return Response.json(statistics(), { headers: { ...strictHeaders, "cache-control": "no-store" } });
    return page(request);
  };
}
