/** The page, its chat stage and the model's counters behind one handler. */
import { fileURLToPath } from "node:url";
import type { OutputStream } from "@iftk/core";
import type { ChatRequest, Part } from "@iftk/inference";
import { staticFiles, strictHeaders } from "@iftk/pages";
import { serve, type Handler } from "@iftk/server";

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
  const page = await staticFiles(pageDirectory);
  return serve({ chat }, {
    fallback(request) {
      if (new URL(request.url).pathname !== "/stats") return page(request);
      return Response.json(statistics(), { headers: { ...strictHeaders, "cache-control": "no-store" } });
    },
  });
}
