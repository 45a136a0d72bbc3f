/** The embedded model: where its files lie. */
import { fileURLToPath } from "node:url";

/** Path of the embedded chat model, a GGUF file of 5 MB; its licence and card stand in this package's README. */
export const tinyModelPath: string = fileURLToPath(new URL("../iftk-tiny-q8_0.gguf", import.meta.url));

/** Path of an adapter (LoRA, a GGUF file of 0.8 MB) with which the embedded model talks like a pirate. */
export const pirateAdapterPath: string = fileURLToPath(new URL("../iftk-tiny-pirate-lora.gguf", import.meta.url));
