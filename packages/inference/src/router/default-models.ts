/** Models that are known by name from the start. */
import type { InferenceModel } from "./model-config.js";

const known = (provider: string, name: string, description: string, api?: string): InferenceModel => ({ slug: `${provider}/${name}`, provider, name, ...(api !== undefined && { api }), description });

/**
 * One model or more of each provider and capability, so that a first program needs no configuration. Providers retire models more
 * often than a library is released: a program that is to last names its own.
 */
export const defaultModels: readonly InferenceModel[] = [
  known("openai", "gpt-6-sol", "Text, images and tools."),
  known("openai", "gpt-5.4-mini", "Text, images and tools; quicker and cheaper."),
  known("openai", "gpt-image-2", "Images from text and images."),
  known("openai", "gpt-transcribe", "Speech to text, as it is heard."),
  known("openai", "whisper-1", "Speech to text, with times."),
  known("openai", "gpt-4o-mini-tts", "Text to speech."),
  known("openai", "text-embedding-3-small", "Texts as vectors."),
  known("anthropic", "claude-opus-5-5", "Text, images and tools."),
  known("anthropic", "claude-sonnet-5-5", "Text, images and tools; quicker."),
  known("anthropic", "claude-haiku-5-5", "Text, images and tools; quickest and cheapest."),
  known("huggingface", "meta-llama/Llama-3.3-70B-Instruct", "Text and tools."),
  known("huggingface", "black-forest-labs/FLUX.1-schnell", "Images from text."),
  known("huggingface", "Salesforce/blip-image-captioning-large", "A caption of an image."),
  known("huggingface", "openai/whisper-large-v3", "Speech to text."),
  known("azure", "image-analysis", "What is in an image: captions, tags, objects, people, text."),
  known("azure", "ocr", "Text in an image."),
  known("replicate", "meta/meta-llama-3-70b-instruct", "Text."),
  known("replicate", "black-forest-labs/flux-schnell", "Images from text."),
  known("replicate", "kwaivgi/kling-v2.1", "Video from an image and a text."),
  known("replicate", "yorickvp/llava-13b", "What is in an image."),
  known("replicate", "openai/whisper", "Speech to text."),
  known("runway", "gen4.5", "Video from an image and a text."),
  known("stability", "core", "Images from text."),
  known("stability", "stable-diffusion-xl-1024-v1-0", "Images from text, over the first API.", "v1"),
  known("llama", "tiny", "The embedded model: small talk and stories, on this machine."),
];
