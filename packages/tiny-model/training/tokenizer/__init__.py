"""Byte-level BPE whose tokens are the same under the pre-tokenizers of all usual GGUF readers."""
