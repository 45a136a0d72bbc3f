/** Where requests to Runway go, and with which key. */
import { isIP } from "node:net";
import { StageError } from "@iftk/core";
import { keyOf, type Keys } from "@iftk/inference";
import { request, type HttpResponse, type RequestOptions } from "@iftk/inference/http";
import { guardedAgent, isPublicAddress, refusedHost } from "@iftk/inference/media";
import { RunwayML } from "@runwayml/sdk";

/** The provider's name in keys, errors and model configurations. */
export const provider = "runway";

/** How Runway is reached, and how its tasks are waited for. Times are in milliseconds. */
export interface RunwayOptions {
  /** Holds the key as `keys.runway`; without it, `apiKey` and `client`, the environment variable RUNWAYML_API_SECRET does. */
  readonly keys?: Keys | undefined;
  readonly apiKey?: string | undefined;
  /** https://api.dev.runwayml.com by default. */
  readonly baseUrl?: string | undefined;
  /** An SDK client of yours, whose key, address, version and headers are used. Its `fetch` and its retries are not. */
  readonly client?: RunwayML | undefined;
  /** Wait between two questions about a task; 5000 by default, which is how often Runway has news. */
  readonly pollInterval?: number | undefined;
  /** How long a task may take in all; 10 minutes by default. It goes on afterwards, and `retrieveVideo` picks it up. */
  readonly maxWait?: number | undefined;
  /** Told the id of each task when it begins, so that it can be picked up even by another process. */
  readonly onTask?: ((id: string) => void) | undefined;
  /** What makes the connections: an Agent or ProxyAgent of undici. */
  readonly dispatcher?: RequestOptions["dispatcher"];
}

// Made when it is first used, and shared, since it keeps connections.
let agent: RequestOptions["dispatcher"];

/** Sends to Runway; the key is looked for when it does. */
export interface Client {
  readonly options: RunwayOptions;
  /** What the API answers to a request, which the SDK writes. */
  ask(method: "get" | "post" | "delete", path: string, signal: AbortSignal, body?: object): Promise<unknown>;
  /** Fetches an output from a public address, or from that of the API; the key stays here, since outputs lie with other hosts. */
  fetch(url: string, signal: AbortSignal): Promise<HttpResponse>;
  /** What no error may hold. */
  secrets(): readonly string[];
}

/** The client of an engine. */
export function createClient(options: RunwayOptions): Client {
  const { client, baseUrl, keys, apiKey, dispatcher } = options;

  function sdk(): RunwayML {
    return client ?? new RunwayML({ apiKey: keyOf({ provider, variable: "RUNWAYML_API_SECRET", apiKey, keys }), maxRetries: 0, ...(baseUrl !== undefined && { baseURL: baseUrl.replace(/\/+$/u, "") }) });
  }

  return {
    options,
    secrets: () => [sdk().apiKey],
    async ask(method, path, signal, body) {
      const writer = sdk();
      const { url, req } = await writer.buildRequest({ method, path, body });
      const response = await request({
        provider,
        method: method.toUpperCase(),
        url,
        headers: req.headers,
        body: typeof req.body === "string" ? req.body : undefined,
        signal,
        secrets: [writer.apiKey],
        dispatcher,
      });
      if (response.status !== 204) return response.json();
      response.close();
      return undefined;
    },
    async fetch(url, signal) {
      const { protocol, origin, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", origin: "", hostname: "" };
      const own = client?.baseURL ?? baseUrl;
      const isOwn = own !== undefined && origin === new URL(own).origin;
      if (!isOwn && protocol !== "https:") throw new StageError("unavailable", `${provider}: the address of an output is not one of https`, { reason: "malformed" });
      const host = hostname.replace(/^\[|\]$/gu, "");
      if (!isOwn && isIP(host) !== 0 && !isPublicAddress(host)) throw refusedHost(host);
      // A video does not get smaller, and its length is told only as it is.
      return request({ provider, url, signal, headers: { accept: "*/*", "accept-encoding": "identity" }, dispatcher: dispatcher ?? (isOwn ? undefined : (agent ??= guardedAgent())) });
    },
  };
}
