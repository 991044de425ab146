"""ONNX's messages as bytes: what ``onnx.helper`` makes, without the import of ``onnx``.

Source: onnx.proto of ONNX 1.23. The numbers of fields stand where they are used, in ascending order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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
_FIELDS: Mapping[int, int] = {1: 2, 2: 3, 3: 4, 6: 7, 7: 8, 8: 9}
"""The fields of an AttributeProto by its AttributeType."""
BATCH = "batch"
"""The name of the batch dimension, which is free."""


def dtype_of(name: str) -> np.dtype[Any]:
    """Return the NumPy type that holds a data type's bytes."""
    if name != "bfloat16":
        return np.dtype(name)
    import ml_dtypes  # which onnx brings: NumPy has no bfloat16 of its own

    return np.dtype(ml_dtypes.bfloat16)


class Parameter(NamedTuple):
    """In the place of a value: an attribute of the function that the operator stands in, of an AttributeType."""

    name: str
    kind: int


def attribute(name: str, value: Any) -> bytes:
    """Return an AttributeProto: of an integer, a float, a text, some of these, or what a function is called with."""
    if isinstance(value, Parameter):
        return text(1, name) + integer(20, value.kind) + text(21, value.name)
    kind, values = kind_of(value), value if _are_many(value) else [value]
    if not values:
        raise ValueError(f"the attribute {name} is empty")
    number = _FIELDS[kind]
    match kind:
        case 3 | 8:
            fields = [text(number, it) for it in values]
        case 2 | 7:
            fields = [integer(number, int(it)) for it in values]
        case _:
            fields = [real(number, float(it)) for it in values]
    return text(1, name) + b"".join(fields) + integer(20, kind)


def kind_of(value: Any) -> int:
    """Return the AttributeProto.AttributeType of a value: FLOAT, INT, STRING or, 5 more, several of them."""
    many = _are_many(value)
    values: Sequence[Any] = value if many else [value]
    if all(isinstance(it, str) for it in values):
        kind = 3
    else:
        kind = 2 if all(isinstance(it, int | np.integer) for it in values) else 1
    return kind + 5 if many else kind


def _are_many(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def node(
    op: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    name: str,
    attributes: Mapping[str, Any],
    metadata: Mapping[str, str],
    *,
    domain: str = "",
) -> bytes:
    """Return a NodeProto."""
    return b"".join([
        *(text(1, it) for it in inputs),
        *(text(2, it) for it in outputs),
        text(3, name),
        text(4, op),
        *(message(5, attribute(key, value)) for key, value in attributes.items()),
        text(7, domain) if domain else b"",
        *(entry(9, key, value) for key, value in metadata.items()),
    ])  # fmt: skip


def function(
    name: str,
    domain: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    attributes: Sequence[str],
    nodes: Sequence[bytes],
    opset: bytes,
) -> bytes:
    """Return a FunctionProto; ``opset`` is the OperatorSetIdProto of what its nodes are."""
    return b"".join([
        text(1, name),
        *(text(4, it) for it in inputs),
        *(text(5, it) for it in outputs),
        *(text(6, it) for it in attributes),
        *(message(7, it) for it in nodes),
        message(9, opset),
        text(10, domain),
    ])  # fmt: skip


def operator_set(domain: str, version: int) -> bytes:
    """Return an OperatorSetIdProto."""
    return text(1, domain) + integer(2, version)


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
