import { readFileSync } from "node:fs";
import { tinyModelPath } from "@iftk/tiny-model";
import { describe, test } from "vitest";
import { backendConformance } from "../conformance/backend-conformance.js";
import { sampleAdapter } from "../conformance/sample-adapter.js";
import { sampleModel } from "../conformance/sample-model.js";
import { openReference } from "./open-reference.js";

const models = {
  "the embedded model": readFileSync(tinyModelPath),
  "a model with an output of its own and an odd number of tokens": sampleModel({ hasOutput: true, tokens: ["xyz"], values: { "llama.embedding_length": 96, "llama.feed_forward_length": 128, "llama.attention.head_count_kv": 1 } }),
};

for (const [name, model] of Object.entries(models)) {
  backendConformance({ name: `the reference backend with ${name}`, describe, test, open: (options) => openReference({ ...options, model }), adapter: sampleAdapter(model) });
}
