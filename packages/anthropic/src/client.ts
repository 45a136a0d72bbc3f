/** The vendor's client, made when a call begins. */
import Anthropic from "@anthropic-ai/sdk";
import { keyOf, type Keys } from "@iftk/inference";
import { anthropicFailure } from "./failure.js";

/** How Anthropic is reached. */
export interface AnthropicOptions {
  /** Keys by provider, of which that of `anthropic` is taken. Without it and `apiKey`, the environment variable ANTHROPIC_API_KEY is read. */
  readonly keys?: Keys | undefined;
  readonly apiKey?: string | undefined;
  /** Where the Messages API is spoken; the environment variable ANTHROPIC_BASE_URL, or `https://api.anthropic.com`, by default. */
  readonly baseUrl?: string | undefined;
  /** Headers of every request, such as `anthropic-beta`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether replies cite the documents that they rest on; false by default. Replies in JSON cannot. */
  readonly citations?: boolean | undefined;
  /** A client of yours, for other credentials or hosts: key, base URL and headers are then its own. It does not retry. */
  readonly client?: Anthropic | undefined;
}

/** One request to the API. */
export interface AnthropicRequest {
  readonly method: "get" | "post";
  /** Beginning with `/v1`. */
  readonly path: string;
  readonly body?: unknown;
  /** The version of the API, where it is not that of the vendor's client. */
  readonly version?: string | undefined;
}

/** An answer that is not a refusal, its body unread, and the keys that no error may hold. */
export interface Answer {
  readonly response: Response;
  readonly secrets: readonly string[];
}

/** Sends a request through the vendor's client, once, and gives the answer as soon as its headers are there. It throws what `anthropicFailure` makes of errors. */
export type Ask = (request: AnthropicRequest, signal: AbortSignal) => Promise<Answer>;

/** Gives the way to ask that the options describe. The key is looked for by each request. */
export function askBy(options: AnthropicOptions): Ask {
  return async ({ method, path, body, version }, signal) => {
    const client = options.client ?? clientOf(options);
    const secrets = [client.apiKey, client.authToken, ...secretHeaders(options.headers)].filter((secret) => secret !== null);
    try {
      const response = await client[method](path, { ...(body !== undefined && { body }), ...(version !== undefined && { headers: { "anthropic-version": version } }), signal, maxRetries: 0 }).asResponse();
      return { response, secrets };
    } catch (error) {
      throw anthropicFailure(error, { signal, secrets });
    }
  };
}

/** What headers of the options carry that no error may hold: each whole, and without the word for its scheme. */
function secretHeaders(headers: AnthropicOptions["headers"] = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (/auth|key|token|secret/iu.test(name) ? [value, value.replace(/^\w+\s+/u, "")] : []));
}

function clientOf({ apiKey, keys, baseUrl, headers }: AnthropicOptions): Anthropic {
  return new Anthropic({
    apiKey: keyOf({ provider: "anthropic", variable: "ANTHROPIC_API_KEY", apiKey, keys }),
    authToken: null,
    // Its log would hold requests.
    logLevel: "off",
    openTelemetry: false,
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    ...(headers && { defaultHeaders: { ...headers } }),
  });
}
