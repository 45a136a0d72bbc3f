/** Texts as vectors. */
import { unary, type Unary } from "@iftk/core";
import { readRequest, embeddingsRequest, type EmbeddingsOptions, type EmbeddingsReply, type EmbeddingsRequest } from "@iftk/inference";
import { routeOf, unknownApi, type Client } from "./client.js";
import { failureIn, unexpected } from "./failure.js";
import { withSdk } from "./inference-client.js";

/** The stage for a model of sentences; what gives a vector for each token is refused. The providers tell no usage. */
export function embeddings(client: Client, options: EmbeddingsOptions): Unary<EmbeddingsRequest, EmbeddingsReply> {
  if (options.api !== undefined && options.api !== "feature-extraction") throw unknownApi("embeddings", options.api, ["feature-extraction"]);
  return unary(async function huggingfaceEmbeddings(input: EmbeddingsRequest, { signal }): Promise<EmbeddingsReply> {
    const { texts, dimensions } = readRequest(embeddingsRequest, options, input);
    const route = routeOf(client, options, "feature-extraction");
    const asked = { ...options.raw, ...(dimensions !== undefined && { dimensions }) };
    const reply =
      "url" in route
        ? await (await client.send({ url: route.url, body: JSON.stringify({ inputs: texts, ...asked }), accept: "application/json", signal })).json()
        : await withSdk(client, route, signal, (sdk, of, how) => sdk.featureExtraction({ ...asked, inputs: texts, ...of }, how));
    return { vectors: vectorsOf(reply, texts.length, client.secrets()), usage: { inputTokens: 0, outputTokens: 0, estimated: true } };
  });
}

function vectorsOf(reply: unknown, count: number, secrets: readonly string[]): readonly (readonly number[])[] {
  const failure = failureIn(reply, secrets);
  if (failure) throw failure;
  const vectors: unknown = isVector(reply) && count === 1 ? [reply] : reply;
  if (!Array.isArray(vectors) || vectors.length !== count || !vectors.every(isVector)) throw unexpected("one vector for each text");
  return vectors;
}

const isVector = (value: unknown): value is readonly number[] => Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === "number");
