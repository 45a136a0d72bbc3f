/** Where requests to Replicate go, and with which key. */
import { StageError } from "@iftk/core";
import { keyOf, type Keys } from "@iftk/inference";
import { request, type HttpResponse, type RequestOptions } from "@iftk/inference/http";
import type Replicate from "replicate";

/** The provider's name in keys, errors and model configurations. */
export const provider = "replicate";

/** How Replicate is reached, and how its predictions are waited for. Times are in milliseconds. */
export interface ReplicateOptions {
  /** Holds the token as `keys.replicate`; without it, `apiKey` and `client`, the environment variable REPLICATE_API_TOKEN does. */
  readonly keys?: Keys | undefined;
  readonly apiKey?: string | undefined;
  /** https://api.replicate.com/v1 by default. */
  readonly baseUrl?: string | undefined;
  /** A client of the vendor's SDK whose token and address are used. Its `fetch` is not: it would make failed requests again by itself. */
  readonly client?: Pick<Replicate, "auth" | "baseUrl"> | undefined;
  /** Wait before a prediction is asked about for the first time; 500 by default. It grows to ten times as much. */
  readonly pollInterval?: number | undefined;
  /** How long a prediction may take in all; 30 minutes by default, as long as Replicate lets one run. */
  readonly maxWait?: number | undefined;
  /**
   * Seconds, up to 60, for which the request that begins a prediction of media is held open for its result; 0 by default. It spares
   * fast models the first wait, but a prediction that is left within that time cannot be cancelled, since its id is not known yet.
   */
  readonly wait?: number | undefined;
  /** Bytes up to which a file is sent within the request; larger ones are uploaded first. 256 KiB by default. */
  readonly inlineBytes?: number | undefined;
  /** Whether the schema of a model's input is looked up, once, so that fields have the names that it gives them; true by default. */
  readonly readSchema?: boolean | undefined;
  /** What makes the connections: an Agent or ProxyAgent of undici. */
  readonly dispatcher?: RequestOptions["dispatcher"];
}

/** A request to a path of the API or to a URL that it gave. */
export interface Sending {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Sent as JSON, or as it is where it is a form. */
  readonly body?: object | undefined;
  readonly signal: AbortSignal;
}

/** Sends to Replicate. */
export interface Client {
  readonly options: ReplicateOptions;
  send(place: string, sending: Sending): Promise<HttpResponse>;
  /** Whether a URL, which a model may have made up, leads to where Replicate keeps files, or to the API. */
  isTrusted(url: string): boolean;
  /** What no error may hold. */
  secrets(): readonly string[];
}

/** The client of an engine; tokens are looked for when a call begins. */
export function createClient(options: ReplicateOptions): Client {
  const { keys, client, dispatcher } = options;
  const baseUrl = (options.baseUrl ?? client?.baseUrl ?? "https://api.replicate.com/v1").replace(/\/+$/, "");
  const { origin } = new URL(baseUrl);
  const keyNow = (): string => keyOf({ provider, variable: "REPLICATE_API_TOKEN", apiKey: options.apiKey ?? client?.auth, keys });
  return {
    options,
    secrets: () => [keyNow()],
    send(place, { method, headers, body, signal }) {
      const url = place.startsWith("/") ? baseUrl + place : place;
      const key = keyNow();
      const isForm = body instanceof FormData;
      return request({
        provider,
        method,
        url,
        // The token is for the API alone: streams and files lie with other hosts, and carry what opens them in their URLs.
        headers: { authorization: URL.canParse(url) && new URL(url).origin === origin ? `Bearer ${key}` : undefined, "content-type": body && !isForm ? "application/json" : undefined, ...headers },
        body: body && !isForm ? JSON.stringify(body) : body,
        signal,
        secrets: [key],
        dispatcher,
      });
    },
    isTrusted(url) {
      if (!URL.canParse(url)) return false;
      const { protocol, hostname, origin: of } = new URL(url);
      return of === origin || (protocol === "https:" && hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`)));
    },
  };
}

const hosts = ["replicate.delivery", "replicate.com"];

/** The error for an API that the engine does not speak. */
export function unknownApi(capability: string, api: string, only: string): StageError {
  return new StageError("unimplemented", `${provider}: ${capability} has no API ${JSON.stringify(api)}; it has ${JSON.stringify(only)}`, { reason: "option" });
}

/** The error for what a request asks and the model cannot do. */
export function unsupported(option: string, why: string): StageError {
  return new StageError("unimplemented", `${provider}: ${option}: ${why}`, { reason: "option" });
}
