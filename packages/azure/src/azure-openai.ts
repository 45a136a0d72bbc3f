/** OpenAI's models on Azure. */
import { StageError } from "@iftk/core";
import { keyOf, variableOf, type Keys, type ModelOptions } from "@iftk/inference";
import { openai, type OpenaiEngine, type OpenaiOptions } from "@iftk/openai";
import { AzureOpenAI, OpenAI } from "openai";

const provider = "azure-openai";

/** How a resource of Azure OpenAI is reached. */
export interface AzureOpenaiOptions extends Pick<OpenaiOptions, "headers" | "fetch" | "dispatcher"> {
  /** Name of the resource: the first word of its address. */
  readonly resource?: string | undefined;
  /** Its address in place of that, such as `https://mine.openai.azure.com`; the environment variable AZURE_OPENAI_ENDPOINT without both. */
  readonly endpoint?: string | undefined;
  /** A dated version of the API, such as `2025-04-01-preview`, which is asked by deployment; without it the API of version 1, which has no others. */
  readonly apiVersion?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Holds the key as `keys.azureOpenai` or `keys["azure-openai"]`; without it and `apiKey`, the environment variable AZURE_OPENAI_API_KEY does. */
  readonly keys?: Keys | undefined;
  /** Gives a token of Microsoft Entra for each request, in place of a key. */
  readonly token?: (() => Promise<string>) | undefined;
  /** Deployments by the models that they stand for; a model that is not among them is the name of a deployment. */
  readonly deployments?: Readonly<Record<string, string>> | undefined;
}

/**
 * The engine over a resource of Azure OpenAI. Content that Azure filters is StageError `invalid_argument`, reason `content-filter`, or a
 * finish for that reason.
 *
 * @throws StageError `failed_precondition` where there is no endpoint, `invalid_argument` for one that is no URL.
 */
export function azureOpenai(options: AzureOpenaiOptions = {}): OpenaiEngine {
  const { deployments = {}, headers } = options;
  const engine = openai({ provider, client: new AzureClient(options), headers });
  const deployed = <Options extends ModelOptions>(of: Options): Options => (Object.hasOwn(deployments, of.model) ? { ...of, model: deployments[of.model] } : of);
  const capabilities = Object.entries(engine).map(([name, value]: [string, unknown]) => [name, typeof value === "function" ? (of: ModelOptions) => (value as (of: ModelOptions) => unknown)(deployed(of)) : value] as const);
  return Object.fromEntries<unknown>(capabilities) as unknown as OpenaiEngine;
}

/** The SDK's client for Azure, which looks for its key with each request and also speaks version 1. */
class AzureClient extends AzureOpenAI {
  readonly #key: (() => string) | undefined;
  readonly #isDated: boolean;

  constructor(options: AzureOpenaiOptions) {
    const { apiVersion, token, headers, fetch, dispatcher } = options;
    super({
      baseURL: `${endpointOf(options)}/openai${apiVersion === undefined ? "/v1" : ""}`,
      apiVersion: apiVersion ?? "v1",
      ...(token ? { azureADTokenProvider: token } : { apiKey: "none" }),
      adminAPIKey: null,
      organization: null,
      project: null,
      maxRetries: 0,
      ...(headers && { defaultHeaders: headers }),
      ...(fetch && { fetch }),
      ...(dispatcher && { fetchOptions: { dispatcher } as NonNullable<ConstructorParameters<typeof OpenAI>[0]>["fetchOptions"] & object }),
    });
    this.#isDated = apiVersion !== undefined;
    this.#key = token ? undefined : () => keyFor(options);
  }

  override buildRequest(...args: Parameters<AzureOpenAI["buildRequest"]>): ReturnType<AzureOpenAI["buildRequest"]> {
    // Version 1 names deployments in the body, not in the path.
    return this.#isDated ? super.buildRequest(...args) : OpenAI.prototype.buildRequest.apply(this, args);
  }

  protected override async authHeaders(...args: Parameters<AzureOpenAI["authHeaders"]>): ReturnType<AzureOpenAI["authHeaders"]> {
    if (this.#key) this.apiKey = this.#key();
    return super.authHeaders(...args);
  }
}

function keyFor({ apiKey, keys }: AzureOpenaiOptions): string {
  const own = keys && Object.hasOwn(keys, "azureOpenai") ? keys["azureOpenai"] : undefined;
  return keyOf({ provider, variable: "AZURE_OPENAI_API_KEY", apiKey: apiKey ?? own, keys });
}

function endpointOf({ resource, endpoint }: AzureOpenaiOptions): string {
  const found = (endpoint ?? (resource === undefined ? variableOf("AZURE_OPENAI_ENDPOINT") : `https://${resource}.openai.azure.com`))?.trim().replace(/\/+$/u, "");
  if (!found) throw new StageError("failed_precondition", `${provider}: there is no endpoint; give \`resource\` or \`endpoint\`, or set the environment variable AZURE_OPENAI_ENDPOINT`, { reason: "endpoint" });
  if (!URL.canParse(found)) throw new StageError("invalid_argument", `${provider}: the endpoint is no URL; write it like https://mine.openai.azure.com`);
  return found;
}
