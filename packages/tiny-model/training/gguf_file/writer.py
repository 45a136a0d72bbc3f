"""Writing GGUF, version 3: key-value pairs, tensor infos, aligned data."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_ALIGNMENT = 32


class ValueType(IntEnum):
    """Types of values, as the format numbers them."""

    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9


class TensorType(IntEnum):
    """Types of tensors, as the format numbers them."""

    F32 = 0
    F16 = 1
    Q8_0 = 8


@dataclass(frozen=True)
class Value:
    """A value with its type; an array says the type of its items."""

    type: ValueType
    value: object
    items: ValueType | None = None

    def encoded(self) -> bytes:
        """The bytes after the type."""
        match self.type, self.value:
            case ValueType.STRING, str(text):
                data = text.encode()
                return struct.pack("<Q", len(data)) + data
            case ValueType.ARRAY, list(values) if self.items is not None:
                return struct.pack("<IQ", self.items, len(values)) + b"".join(
                    Value(self.items, value).encoded() for value in values
                )
            case ValueType.UINT32 | ValueType.INT32 | ValueType.FLOAT32 | ValueType.BOOL, number:
                return struct.pack({4: "<I", 5: "<i", 6: "<f", 7: "<?"}[self.type], number)
        raise TypeError(f"{self.type.name} cannot hold {self.value!r}")


def string(text: str) -> Value:
    """A string value."""
    return Value(ValueType.STRING, text)


def integer(number: int) -> Value:
    """An unsigned value."""
    return Value(ValueType.UINT32, number)


def real(number: float) -> Value:
    """A floating-point value."""
    return Value(ValueType.FLOAT32, number)


def boolean(value: bool) -> Value:
    """A truth value."""
    return Value(ValueType.BOOL, value)


def array(items: ValueType, values: list[object]) -> Value:
    """A list of values of one type."""
    return Value(ValueType.ARRAY, values, items)


@dataclass(frozen=True)
class Tensor:
    """A named tensor and the type that it is stored in."""

    name: str
    data: Array
    type: TensorType


def quantized(data: Array) -> bytes:
    """Q8_0: for each 32 weights of a row a half-precision scale, then the weights as signed bytes."""
    blocks = data.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1) / 127).astype(np.float16)
    divisors = scales.astype(np.float32)[:, None]
    rounded = (
        np.rint(np.divide(blocks, divisors, out=np.zeros_like(blocks), where=divisors > 0))
        .clip(-127, 127)
        .astype(np.int8)
    )
    return np.concatenate([scales.view(np.uint8).reshape(-1, 2), rounded.view(np.uint8)], axis=1).tobytes()


def encoded(tensor: Tensor) -> bytes:
    """The data of a tensor in its type."""
    data = np.ascontiguousarray(tensor.data, dtype=np.float32)
    match tensor.type:
        case TensorType.F32:
            return data.tobytes()
        case TensorType.F16:
            return data.astype(np.float16).tobytes()
        case TensorType.Q8_0:
            return quantized(data)


def write_gguf(path: Path, values: dict[str, Value], tensors: list[Tensor]) -> int:
    """Writes a file, whole or not at all, and gives its size in bytes."""
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    for key, value in values.items():
        header += string(key).encoded() + struct.pack("<I", value.type) + value.encoded()
    contents: list[bytes] = []
    offset = 0
    for tensor in tensors:
        data = encoded(tensor)
        shape = tensor.data.shape[::-1]
        header += (
            string(tensor.name).encoded()
            + struct.pack("<I", len(shape))
            + b"".join(struct.pack("<Q", size) for size in shape)
        )
        header += struct.pack("<IQ", tensor.type, offset)
        contents.append(data + bytes(-len(data) % _ALIGNMENT))
        offset += len(contents[-1])
    whole = header + bytes(-len(header) % _ALIGNMENT) + b"".join(contents)
    part = path.with_suffix(".part")
    part.write_bytes(whole)
    part.replace(path)
    return len(whole)
