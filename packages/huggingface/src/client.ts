/** Where requests to Hugging Face go, and with which key. */
import { StageError } from "@iftk/core";
import { keyOf, variableOf, type Keys, type ModelOptions } from "@iftk/inference";
import { request, type HttpResponse, type RequestOptions } from "@iftk/inference/http";

/** The provider's name in keys, errors and model configurations. */
export const provider = "huggingface";

/** How Hugging Face is reached. */
export interface HuggingfaceOptions {
  /** Holds the token as `keys.huggingface`; without it and `apiKey`, the environment variable HF_TOKEN does. */
  readonly keys?: Keys | undefined;
  readonly apiKey?: string | undefined;
  /** The router of Inference Providers, or what stands in for it; https://router.huggingface.co by default. */
  readonly baseUrl?: string | undefined;
  /** An endpoint of your own in place of the router: an Inference Endpoint, or a server of Text Generation Inference or Text Embeddings Inference. It is given the token, where there is one. */
  readonly endpointUrl?: string | undefined;
  /** Where it is looked up which providers serve a model; https://huggingface.co by default. */
  readonly hubUrl?: string | undefined;
  /** Who serves models whose name ends in no `:provider`: `auto`, the default, takes the first of the token's owner's list. */
  readonly provider?: string | undefined;
  /** The organization that pays. */
  readonly billTo?: string | undefined;
  /** What makes the connections: an Agent or ProxyAgent of undici. */
  readonly dispatcher?: RequestOptions["dispatcher"];
}

/** What answers for a model. */
export type Target =
  | { readonly kind: "endpoint"; readonly url: string; readonly model: string | undefined }
  | { readonly kind: "provider"; readonly provider: string; readonly model: string };

/** A body to send, and how the answer shall come. */
export interface Sending {
  readonly url: string;
  readonly body: string | Uint8Array;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal: AbortSignal;
}

/** Knows where models are and sends to them. */
export interface Client {
  readonly routerUrl: string;
  readonly hubUrl: string;
  readonly options: HuggingfaceOptions;
  /** The token. Throws StageError `unauthenticated` where there is none. */
  key(): string;
  /** The token for a URL: undefined for servers that are not to have it, and for those of one's own where there is none. Throws as `key` does for the router. */
  keyFor(url: string): string | undefined;
  /** What no error may hold. */
  secrets(): readonly string[];
  target(options: ModelOptions): Target;
  send(sending: Sending): Promise<HttpResponse>;
}

/** The client of an engine; tokens are looked for when a call begins. */
export function createClient(options: HuggingfaceOptions): Client {
  const routerUrl = trimmed(options.baseUrl ?? "https://router.huggingface.co");
  const { keys, apiKey, endpointUrl, dispatcher, billTo } = options;
  const key = (): string => keyOf({ provider, variable: "HF_TOKEN", apiKey, keys });
  const found = (): string | undefined => apiKey ?? (keys && Object.hasOwn(keys, provider) ? keys[provider] : undefined) ?? variableOf("HF_TOKEN");
  /** Servers of one's own may ask for no token, and those of others are given none. */
  const keyFor = (url: string): string | undefined => {
    if (isWithin(url, routerUrl)) return key();
    const isTrusted = (endpointUrl !== undefined && isWithin(url, endpointUrl)) || isOfHuggingface(url);
    return isTrusted ? found() : undefined;
  };
  return {
    routerUrl,
    hubUrl: trimmed(options.hubUrl ?? "https://huggingface.co"),
    options,
    key,
    keyFor,
    secrets: () => [found()].filter((secret) => secret !== undefined),
    target({ model }) {
      if (isUrl(model)) return { kind: "endpoint", url: trimmed(model), model: undefined };
      if (endpointUrl !== undefined) return { kind: "endpoint", url: trimmed(endpointUrl), model };
      const colon = model.indexOf(":");
      return { kind: "provider", model: colon < 0 ? model : model.slice(0, colon), provider: colon < 0 ? (options.provider ?? "auto") : model.slice(colon + 1) };
    },
    send({ url, body, contentType = "application/json", accept, signal }) {
      const token = keyFor(url);
      return request({
        provider,
        url,
        headers: { "content-type": contentType, accept, authorization: token && `Bearer ${token}`, "x-hf-bill-to": billTo },
        body,
        signal,
        secrets: token ? [token] : [],
        dispatcher,
      });
    },
  };
}

/** The provider whose models stand at paths of the router that need no lookup. */
const ownProvider = "hf-inference";

/** How a task other than chat is asked for: at a URL, or of a provider whose API the SDK knows. */
export type Route = { readonly url: string } | ProviderRoute;

export interface ProviderRoute {
  readonly model: string;
  /** `auto` where it is looked up. */
  readonly provider: string;
}

/** The route to the model for a task; some stand beside others in a `pipeline` of their own. */
export function routeOf(client: Client, options: ModelOptions, pipeline?: string): Route {
  const target = client.target(options);
  if (target.kind === "endpoint") return { url: target.url };
  const { provider: chosen, model } = target;
  if (chosen !== ownProvider) return { provider: chosen, model };
  return { url: `${client.routerUrl}/${ownProvider}/models/${model.split("/").map(encodeURIComponent).join("/")}${pipeline ? `/pipeline/${pipeline}` : ""}` };
}

/** The URL of the model for a task that hf-inference and endpoints alone do. Throws StageError `unimplemented` for other providers. */
export function ownUrl(client: Client, { model }: ModelOptions, task: string): string {
  const route = routeOf(client, { model });
  if ("url" in route) return route.url;
  const own = route.provider === "auto" ? routeOf(client, { model: `${route.model}:${ownProvider}` }) : route;
  if ("url" in own) return own.url;
  throw unsupported("model", `${task} is done by ${ownProvider} and by endpoints of your own, not by ${route.provider}`);
}

/** The body with the configured fields over its own; those within `parameters` are put over one by one. */
export function withRaw(body: Readonly<Record<string, unknown>>, raw: ModelOptions["raw"] = {}): Record<string, unknown> {
  const parameters = body["parameters"] ?? raw["parameters"] ? { ...(body["parameters"] as object | undefined), ...(raw["parameters"] as object | undefined) } : undefined;
  return { ...body, ...raw, ...(parameters && { parameters }) };
}

/** The error for an API that the engine does not speak. */
export function unknownApi(capability: string, api: string, apis: readonly string[]): StageError {
  return new StageError("unimplemented", `${provider}: ${capability} has no API ${JSON.stringify(api)}; it has ${apis.map((name) => JSON.stringify(name)).join(" and ")}`, { reason: "option" });
}

/** The error for what a request asks and this API cannot do. */
export function unsupported(option: string, why: string): StageError {
  return new StageError("unimplemented", `${provider}: ${option}: ${why}`, { reason: "option" });
}

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

const trimmed = (url: string): string => url.trim().replace(/\/+$/, "");

function isWithin(url: string, base: string): boolean {
  return URL.canParse(url) && URL.canParse(base) && new URL(url).origin === new URL(base).origin;
}

/** Inference Endpoints stand there. */
function isOfHuggingface(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, protocol } = new URL(url);
  return protocol === "https:" && (hostname.endsWith(".huggingface.cloud") || hostname.endsWith(".huggingface.co"));
}
