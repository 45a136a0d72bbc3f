/** The vendor's SDK, for what it alone knows: how each of the providers behind the router is asked. */
import type { InferenceClient, InferenceProviderOrPolicy, Options } from "@huggingface/inference";
import { StageError, toReadableStream } from "@iftk/core";
import { request, type HttpResponse } from "@iftk/inference/http";
import { provider, type Client, type ProviderRoute } from "./client.js";
import { sdkFailure, unexpected } from "./failure.js";

/** A call of the SDK: its client, the model and who serves it, and the options without which it would make requests of its own. */
export type SdkCall<T> = (sdk: InferenceClient, route: { readonly model: string; readonly provider: InferenceProviderOrPolicy }, options: Options) => Promise<T>;

/**
 * Calls the SDK without its retries, its requests made by ours: with the same errors, and closed by the signal. Only those by which
 * it asks a provider again and again for an image in the making are its own.
 */
export async function withSdk<T>(client: Client, { model, provider: named }: ProviderRoute, signal: AbortSignal, call: SdkCall<T>): Promise<T> {
  const key = client.key();
  // The SDK takes any other for a key of the provider's own, and sends it there.
  if (!key.startsWith("hf_")) throw new StageError("unauthenticated", `${provider}: this model is served by another provider, to whom a token that does not begin with hf_ would be sent; use a token of Hugging Face`, { reason: "key" });
  const { billTo, dispatcher } = client.options;
  const ask = (url: string, init: RequestInit, body?: string | Uint8Array | FormData): Promise<HttpResponse> =>
    request({ provider, url, method: init.method, headers: new Headers(init.headers), body, signal, secrets: [key], dispatcher });
  const hubPath = `/api/models/${model}?expand[]=inferenceProviderMapping`;
  let entry: unknown;
  try {
    if (named === "auto") entry = await (await ask(client.hubUrl + hubPath, { headers: { authorization: `Bearer ${key}` } })).json();
    const chosen = named === "auto" ? firstProvider(entry, model) : named;
    const fetchByRequest = async (input: URL | RequestInfo, init: RequestInit = {}): Promise<Response> => {
      const url = placed(client, input instanceof Request ? input.url : String(input));
      if (entry !== undefined && url === client.hubUrl + hubPath) return Response.json(entry);
      const response = await ask(url, init, await bodyOf(init.body));
      const { status, headers } = response;
      if (headers.get("content-type")?.startsWith("application/json")) return Response.json(await response.json(), { status });
      if (headers.get("content-type")?.startsWith("text/html")) throw unexpected("an API's, but a page of HTML; check the base URL");
      return new Response(toReadableStream(response.bytes) as ReadableStream<Uint8Array<ArrayBuffer>>, { status, headers });
    };
    // It comes with code samples in seven languages, which nobody shall load for a chat.
    const { InferenceClient } = await import("@huggingface/inference");
    return await call(new InferenceClient(key), { model, provider: chosen as InferenceProviderOrPolicy }, { fetch: fetchByRequest, signal, retry_on_error: false, ...(billTo !== undefined && { billTo }) });
  } catch (error) {
    throw sdkFailure(error, signal, [key]);
  }
}

/** The first of those who serve the model; the hub tells them in the order of the token's owner. The SDK would do the same, and print it. */
function firstProvider(entry: unknown, model: string): string {
  const mapping = (entry as { readonly inferenceProviderMapping?: readonly { readonly provider?: string }[] | Readonly<Record<string, unknown>> } | null)?.inferenceProviderMapping ?? [];
  const first = Array.isArray(mapping) ? (mapping as readonly { readonly provider?: string }[])[0]?.provider : Object.keys(mapping)[0];
  if (first === undefined) throw new StageError("not_found", `${provider}: no provider serves the model ${JSON.stringify(model)}`);
  return first;
}

/** The SDK's own addresses, where others stand in for them. */
function placed({ routerUrl, hubUrl }: Client, url: string): string {
  if (url.startsWith("https://router.huggingface.co/")) return routerUrl + url.slice("https://router.huggingface.co".length);
  if (url.startsWith("https://huggingface.co/")) return hubUrl + url.slice("https://huggingface.co".length);
  return url;
}

async function bodyOf(body: RequestInit["body"]): Promise<string | Uint8Array | FormData | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string" || body instanceof FormData || body instanceof Uint8Array) return body;
  return new Uint8Array(await new Response(body).arrayBuffer());
}
