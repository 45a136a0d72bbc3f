/** The way to OpenAI, or to a server that speaks as OpenAI does. */
import { StageError } from "@iftk/core";
import { keyOf, type Keys, variableOf } from "@iftk/inference";
import { AzureOpenAI, OpenAI } from "openai";

/** Where an engine finds its models, and who asks. */
export interface OpenaiOptions {
  /** The name by which model configurations, errors and `keys` know the vendor; `openai` without it. */
  readonly provider?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Keys by the name of the provider. Without `apiKey` and these, the environment variable `OPENAI_API_KEY` is read, or that of the provider's name. */
  readonly keys?: Keys | undefined;
  /** Address of anything compatible, such as `http://localhost:8080/v1`, which may do without a key; `OPENAI_BASE_URL` or OpenAI's own without it. */
  readonly baseUrl?: string | undefined;
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  /** Sent with every request. Those that carry a key, by their names, stand in no error. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** A dispatcher of the undici that `fetch` is of: for proxies, certificates and timeouts. */
  readonly dispatcher?: object | undefined;
  /** An SDK client of yours, also one for Azure, in place of all the above but `provider`. Its own retries are not used. */
  readonly client?: OpenAI | undefined;
  /** Whether a chat completion must end with `[DONE]`. Where it is false, as for other base URLs by default, one may also end after all its finish reasons. */
  readonly isMarkRequired?: boolean | undefined;
}

/** An engine's way to its server. */
export interface Connection {
  readonly provider: string;
  /** Whether it leads to OpenAI's own models, there or at Azure, rather than to something compatible. */
  readonly isOwn: boolean;
  /** The API of a chat that names none. */
  readonly chatApi: "responses" | "chat-completions";
  readonly isMarkRequired: boolean;
  /** The SDK client, made when it is first asked for. Throws StageError `unauthenticated`, reason `key`, where there is no key. */
  sdk(): OpenAI;
  /** What must not stand in a message. */
  secrets(): readonly string[];
}

const ownAddress = "https://api.openai.com/v1";

/**
 * The connection that the options describe; nothing is opened.
 *
 * @throws StageError `invalid_argument` for a base URL that is none.
 */
export function connect(options: OpenaiOptions): Connection {
  const { provider = "openai", client } = options;
  const baseUrl = client?.baseURL ?? options.baseUrl ?? (provider === "openai" ? variableOf("OPENAI_BASE_URL") : undefined) ?? ownAddress;
  const hostname = hostnameOf(baseUrl);
  const isOpenai = /^(?:[\w-]+\.)?api\.openai\.com$/u.test(hostname);
  const isOwn = isOpenai || /\.(?:openai|services\.ai|cognitiveservices)\.azure\.com$/u.test(hostname) || client instanceof AzureOpenAI;
  let made: { readonly key: string | undefined; readonly sdk: OpenAI } | undefined;

  function sdk(): OpenAI {
    if (client) return client;
    const key = keyFor(options, provider, isOwn);
    if (made?.key !== key || !made) made = { key, sdk: newClient(options, baseUrl, isOwn, key) };
    return made.sdk;
  }

  return {
    provider,
    isOwn,
    // Azure has responses in some versions of its API only.
    chatApi: isOpenai ? "responses" : "chat-completions",
    isMarkRequired: options.isMarkRequired ?? isOwn,
    sdk,
    secrets: () => [client?.apiKey, client?.adminAPIKey, made?.key, ...secretHeaders(options.headers)].filter((secret) => typeof secret === "string"),
  };
}

function hostnameOf(baseUrl: string): string {
  const hostname = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : "";
  if (hostname === "") throw new StageError("invalid_argument", "openai: the base URL is none; write it like http://localhost:8080/v1");
  return hostname;
}

/** The key; undefined for a server of another address that is given none. */
function keyFor({ apiKey, keys }: OpenaiOptions, provider: string, isOwn: boolean): string | undefined {
  const variable = `${provider.toUpperCase().replaceAll(/\W/gu, "_")}_API_KEY`;
  try {
    return keyOf({ provider, variable, apiKey, keys });
  } catch (error) {
    if (isOwn) throw error;
    return undefined;
  }
}

function newClient({ organization, project, headers, fetch, dispatcher }: OpenaiOptions, baseURL: string, isOwn: boolean, key: string | undefined): OpenAI {
  return new OpenAI({
    // The SDK refuses to be without a key; the header that it would be sent in is then left out.
    apiKey: key ?? "none",
    adminAPIKey: null,
    baseURL,
    organization: organization ?? (isOwn ? undefined : null),
    project: project ?? (isOwn ? undefined : null),
    maxRetries: 0,
    defaultHeaders: { ...(key === undefined && { authorization: null }), ...headers },
    ...(fetch && { fetch }),
    ...(dispatcher && { fetchOptions: { dispatcher } as NonNullable<ConstructorParameters<typeof OpenAI>[0]>["fetchOptions"] & object }),
  });
}

function secretHeaders(headers: OpenaiOptions["headers"] = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (/auth|key|token|secret/iu.test(name) ? [value, value.replace(/^\w+\s+/u, "")] : []));
}
