/** Where requests to Azure AI Vision go, and with which key. */
import { StageError } from "@iftk/core";
import { keyOf, variableOf, type Keys } from "@iftk/inference";
import { request, type RequestOptions } from "@iftk/inference/http";

/** The provider's name in keys, errors and model configurations. */
export const provider = "azure";

/** How Azure AI Vision is reached. */
export interface AzureOptions {
  /** Address of the resource, such as `https://mine.cognitiveservices.azure.com`; the environment variable AZURE_VISION_ENDPOINT without it. */
  readonly endpoint?: string | undefined;
  /** Holds the key as `keys.azure`; without it and `apiKey`, the environment variable AZURE_VISION_KEY does. */
  readonly keys?: Keys | undefined;
  readonly apiKey?: string | undefined;
  /** Gives a token of Microsoft Entra for each request, in place of a key. */
  readonly token?: (() => Promise<string>) | undefined;
  /** Version of Image Analysis; 2024-02-01 by default. */
  readonly apiVersion?: string | undefined;
  /** What makes the connections: an Agent or ProxyAgent of undici. */
  readonly dispatcher?: RequestOptions["dispatcher"];
}

/** What is to be looked at, as it is sent: bytes, or where Azure finds them. */
export type ImageBody = { readonly bytes: Uint8Array } | { readonly url: string };

/** What Azure answered. */
export interface VisionReply {
  readonly body: unknown;
  /** What Azure calls the request. */
  readonly id: string | undefined;
  /** What no error about it may hold. */
  readonly secrets: readonly string[];
}

/** Sends images to the resource. */
export interface Client {
  readonly apiVersion: string;
  /** Posts the image. The endpoint and the key are looked for now. */
  look(path: string, query: Readonly<Record<string, unknown>>, image: ImageBody, signal: AbortSignal): Promise<VisionReply>;
}

/** The client of an engine. */
export function createClient({ endpoint, keys, apiKey, token, apiVersion = "2024-02-01", dispatcher }: AzureOptions): Client {
  return {
    apiVersion,
    async look(path, query, image, signal) {
      const key = token ? await token() : keyOf({ provider, variable: "AZURE_VISION_KEY", apiKey, keys });
      const url = new URL(endpointOf(endpoint) + path);
      for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) url.searchParams.set(name, parameter(value));
      const isBytes = "bytes" in image;
      const { headers, json } = await request({
        provider,
        url,
        headers: { ...(token ? { authorization: `Bearer ${key}` } : { "ocp-apim-subscription-key": key }), "content-type": isBytes ? "application/octet-stream" : "application/json", accept: "application/json" },
        body: isBytes ? image.bytes : JSON.stringify({ url: image.url }),
        signal,
        secrets: [key],
        dispatcher,
      });
      return { body: await json(), id: headers.get("apim-request-id") ?? headers.get("x-request-id") ?? undefined, secrets: [key] };
    },
  };
}

/** A value as it stands in a query. */
function parameter(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(",") : JSON.stringify(value);
}

function endpointOf(given: string | undefined): string {
  const endpoint = (given ?? variableOf("AZURE_VISION_ENDPOINT"))?.trim().replace(/\/+$/u, "");
  if (!endpoint) throw new StageError("failed_precondition", `${provider}: there is no endpoint; set the environment variable AZURE_VISION_ENDPOINT, or give the engine \`endpoint\`, such as https://mine.cognitiveservices.azure.com`, { reason: "endpoint" });
  if (!URL.canParse(endpoint)) throw new StageError("invalid_argument", `${provider}: the endpoint is no URL; write it like https://mine.cognitiveservices.azure.com`);
  return endpoint;
}
