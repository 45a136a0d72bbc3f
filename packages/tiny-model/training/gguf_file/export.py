"""What of a model and of an adapter goes into a GGUF file, and under which names."""

from __future__ import annotations

from pathlib import Path

import torch

from model.lora import Adapter
from model.transformer import Transformer
from tokenizer.bpe import Tokenizer
from tokenizer.pieces import SPECIAL_TOKENS

from .chat_template import CHAT_TEMPLATE
from .writer import Array, Tensor, TensorType, Value, ValueType, array, boolean, integer, real, string, write_gguf

_CONTROLS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4
_FILE_TYPES = {TensorType.F32: 0, TensorType.F16: 1, TensorType.Q8_0: 7}
_PARTS = {
    "attention_norm": "attn_norm",
    "attention.query": "attn_q",
    "attention.key": "attn_k",
    "attention.value": "attn_v",
    "attention.output": "attn_output",
    "feed_forward_norm": "ffn_norm",
    "feed_forward.gate": "ffn_gate",
    "feed_forward.up": "ffn_up",
    "feed_forward.down": "ffn_down",
}


def gguf_name(name: str) -> str:
    """The name in a GGUF file of a parameter of the transformer."""
    if name == "embedding.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, layer, part = name.removesuffix(".weight").split(".", 2)
    return f"blk.{layer}.{_PARTS[part]}.weight"


def _array(tensor: torch.Tensor) -> Array:
    return tensor.detach().float().cpu().numpy()


def tokenizer_values(tokenizer: Tokenizer) -> dict[str, Value]:
    """The tokenizer. Its tokens are the same under every usual pre-tokenizer, so the name is one that all readers know."""
    end, ids = tokenizer.ids["<|im_end|>"], tokenizer.ids
    types = [
        _CONTROL if token in _CONTROLS else _USER_DEFINED if token in SPECIAL_TOKENS else _NORMAL
        for token in tokenizer.tokens
    ]
    return {
        "tokenizer.ggml.model": string("gpt2"),
        "tokenizer.ggml.pre": string("qwen2"),
        "tokenizer.ggml.tokens": array(ValueType.STRING, list(tokenizer.tokens)),
        "tokenizer.ggml.token_type": array(ValueType.INT32, list(types)),
        "tokenizer.ggml.merges": array(ValueType.STRING, [f"{left} {right}" for left, right in tokenizer.merges]),
        "tokenizer.ggml.bos_token_id": integer(ids["<|endoftext|>"]),
        "tokenizer.ggml.eos_token_id": integer(end),
        "tokenizer.ggml.eot_token_id": integer(end),
        "tokenizer.ggml.padding_token_id": integer(ids["<|endoftext|>"]),
        "tokenizer.ggml.add_bos_token": boolean(False),
        "tokenizer.ggml.add_eos_token": boolean(False),
        "tokenizer.ggml.add_space_prefix": boolean(False),
        "tokenizer.chat_template": string(CHAT_TEMPLATE),
    }


def export_model(model: Transformer, tokenizer: Tokenizer, path: Path, type_of_matrices: TensorType) -> int:
    """Writes the model and its tokenizer, and gives the size in bytes."""
    config = model.config
    parameters = list(model.named_parameters())
    count = sum(weight.numel() for _, weight in parameters)
    values = {
        "general.architecture": string("llama"),
        "general.type": string("model"),
        "general.name": string("IFTK Tiny"),
        "general.basename": string("iftk-tiny"),
        "general.size_label": string(f"{count / 1e6:.1f}M"),
        "general.license": string("mit"),
        "general.description": string(
            "Small chat model for demonstrations and tests, trained from scratch on text made from templates"
        ),
        "general.file_type": integer(_FILE_TYPES[type_of_matrices]),
        "general.quantization_version": integer(2),
        "llama.vocab_size": integer(config.vocabulary),
        "llama.context_length": integer(config.context),
        "llama.embedding_length": integer(config.width),
        "llama.block_count": integer(config.layers),
        "llama.feed_forward_length": integer(config.feed_forward),
        "llama.attention.head_count": integer(config.heads),
        "llama.attention.head_count_kv": integer(config.key_value_heads),
        "llama.rope.dimension_count": integer(config.head_width),
        "llama.rope.freq_base": real(config.rope_base),
        "llama.attention.layer_norm_rms_epsilon": real(config.norm_epsilon),
        **tokenizer_values(tokenizer),
    }
    tensors = [
        Tensor(gguf_name(name), _array(weight), type_of_matrices if weight.dim() == 2 else TensorType.F32)
        for name, weight in parameters
    ]
    return write_gguf(path, values, tensors)


def export_adapter(adapter: Adapter, path: Path) -> int:
    """Writes a LoRA adapter, and gives the size in bytes."""
    values = {
        "general.architecture": string("llama"),
        "general.type": string("adapter"),
        "general.name": string("IFTK Tiny Pirate LoRA"),
        "general.license": string("mit"),
        "adapter.type": string("lora"),
        "adapter.lora.alpha": real(adapter.alpha),
        "general.file_type": integer(_FILE_TYPES[TensorType.F32]),
    }
    tensors = [
        Tensor(f"{gguf_name(name)}.lora_{side}", _array(weight), TensorType.F32)
        for name, sides in adapter.weights()
        for side, weight in zip("ab", sides)
    ]
    return write_gguf(path, values, tensors)
