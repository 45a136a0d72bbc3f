/** Where requests to Stability AI go, and with which key. */
import { StageError } from "@iftk/core";
import { keyOf, type Keys } from "@iftk/inference";
import { request, type HttpResponse, type RequestOptions } from "@iftk/inference/http";

/** The provider's name in keys, errors and model configurations. */
export const provider = "stability";

/** How Stability AI is reached. */
export interface StabilityOptions {
  /** Holds the key as `keys.stability`; without it and `apiKey`, the environment variable STABILITY_API_KEY does. */
  readonly keys?: Keys | undefined;
  readonly apiKey?: string | undefined;
  /** https://api.stability.ai by default. */
  readonly baseUrl?: string | undefined;
  /** What makes the connections: an Agent or ProxyAgent of undici. */
  readonly dispatcher?: RequestOptions["dispatcher"];
}

/** Sends to Stability AI; the key is looked for when it does. */
export interface Client {
  /** Posts a form, or an object as JSON. */
  post(path: string, body: FormData | object, accept: string, signal: AbortSignal): Promise<HttpResponse>;
  /** What no error may hold. */
  secrets(): readonly string[];
}

/** The client of an engine. */
export function createClient({ keys, apiKey, baseUrl = "https://api.stability.ai", dispatcher }: StabilityOptions): Client {
  const base = baseUrl.trim().replace(/\/+$/u, "");
  const keyNow = (): string => keyOf({ provider, variable: "STABILITY_API_KEY", apiKey, keys });
  return {
    secrets: () => [keyNow()],
    post(path, body, accept, signal) {
      const key = keyNow();
      const isForm = body instanceof FormData;
      return request({
        provider,
        url: base + path,
        headers: {
          authorization: `Bearer ${key}`,
          accept,
          "content-type": isForm ? undefined : "application/json",
          // Images do not get smaller, and their length is told only as they are.
          ...(accept.startsWith("image/") && { "accept-encoding": "identity" }),
        },
        body: isForm ? body : JSON.stringify(body),
        signal,
        secrets: [key],
        dispatcher,
      });
    },
  };
}

/** The error for what a request asks and the API cannot do. */
export function unsupported(option: string, why: string): StageError {
  return new StageError("unimplemented", `${provider}: ${option}: ${why}`, { reason: "option" });
}

/** The name of a model as a part of a path. Throws StageError `invalid_argument` for one that leads elsewhere. */
export function pathOf(model: string): string {
  if (!/^\w[\w.-]*(?:\/\w[\w.-]*)*$/u.test(model)) throw new StageError("invalid_argument", `${provider}: ${JSON.stringify(model.slice(0, 80))} is no name of a model; write it like core, sd3.5-large or edit/inpaint`);
  return model;
}
