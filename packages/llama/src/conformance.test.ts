import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backendConformance, inWholeFloats, sampleAdapter } from "@iftk/inferlet/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, describe, test } from "vitest";
import { openLlama } from "./llama-backend.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-conformance-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = readFileSync(tinyModelPath);
const modelPath = join(folder, "whole-floats.gguf");
writeFileSync(modelPath, inWholeFloats(model));

// Weights of eight bits would hide small mistakes: sums in another order shift their logits by up to 0.3.
backendConformance({ name: "llama.cpp", describe, test, open: (options) => openLlama({ ...options, modelPath, cellType: "f32" }), tolerance: 1e-3, adapter: sampleAdapter(model) });
