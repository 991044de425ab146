"""ONNX's messages as bytes: what ``onnx.helper`` makes, without the import of ``onnx``.

Source: onnx.proto of ONNX 1.23. The numbers of fields stand where they are used, in ascending order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelspec.tensors import DType, TensorType
from modelspec.weights import Array
from modelspec_onnx.wire import integer, message, opening, real, text

ELEMENT_TYPE: dict[DType, int] = {
    "float32": 1,
    "uint8": 2,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float16": 10,
    "float64": 11,
    "bfloat16": 16,
}
"""TensorProto.DataType."""
BATCH = "batch"
"""The name of the batch dimension, which is free."""


def dtype_of(name: str) -> np.dtype[Any]:
    """Return the NumPy type that holds a data type's bytes."""
    if name != "bfloat16":
        return np.dtype(name)
    import ml_dtypes  # which onnx brings: NumPy has no bfloat16 of its own

    return np.dtype(ml_dtypes.bfloat16)


def attribute(name: str, value: Any) -> bytes:
    """Return an AttributeProto: of an integer, a float, a text, or some of these."""
    many = isinstance(value, Sequence) and not isinstance(value, str)
    values: Sequence[Any] = value if many else [value]
    if all(isinstance(it, str) for it in values) and values:
        number, kind, fields = 4, 3, [it.encode() for it in values]
        fields = [message(9 if many else number, it) for it in fields]
    elif all(isinstance(it, int | np.integer) for it in values) and values:
        kind, fields = 2, [integer(8 if many else 3, int(it)) for it in values]
    elif values:
        kind, fields = 1, [real(7 if many else 2, float(it)) for it in values]
    else:
        raise ValueError(f"the attribute {name} is empty")
    return text(1, name) + b"".join(fields) + integer(20, kind + 5 if many else kind)


def node(
    op: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    name: str,
    attributes: Mapping[str, Any],
    metadata: Mapping[str, str],
) -> bytes:
    """Return a NodeProto; attributes that are None are left out."""
    return b"".join([
        *(text(1, it) for it in inputs),
        *(text(2, it) for it in outputs),
        text(3, name),
        text(4, op),
        *(message(5, attribute(key, value)) for key, value in attributes.items() if value is not None),
        *(entry(9, key, value) for key, value in metadata.items()),
    ])  # fmt: skip


def entry(number: int, key: str, value: str) -> bytes:
    """Return a field that holds a StringStringEntryProto."""
    return message(number, text(1, key) + text(2, value))


def value_info(name: str, kind: TensorType) -> bytes:
    """Return a ValueInfoProto, with the batch before the shape."""
    dims = [text(2, BATCH), *(integer(1, dim) if isinstance(dim, int) else text(2, str(dim)) for dim in kind.shape)]
    shape = b"".join(message(1, dim) for dim in dims)
    tensor = integer(1, ELEMENT_TYPE[kind.dtype]) + message(2, shape)
    return text(1, name) + message(2, message(1, tensor))


def tensor(name: str, shape: Sequence[int], element_type: int, size: int) -> bytes:
    """Return a TensorProto up to its ``size`` bytes of data, which follow."""
    return b"".join(integer(1, dim) for dim in shape) + integer(2, element_type) + text(8, name) + opening(9, size)


def outside(name: str, shape: Sequence[int], element_type: int, place: Mapping[str, str]) -> bytes:
    """Return a TensorProto whose data stands in another file: ``location``, ``offset`` and ``length``."""
    return b"".join([
        *(integer(1, dim) for dim in shape),
        integer(2, element_type),
        text(8, name),
        *(entry(13, key, value) for key, value in place.items()),
        integer(14, 1),
    ])  # fmt: skip


def element_type(array: Array) -> int:
    """Return the TensorProto.DataType of an array."""
    return ELEMENT_TYPE[array.dtype.name]  # pyright: ignore[reportArgumentType]
