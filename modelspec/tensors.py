"""Types of tensors: data type and shape, where a dimension may be a name. The batch dimension is implicit."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from typing import Literal

DType = Literal["float16", "bfloat16", "float32", "float64", "uint8", "int32", "int64", "bool"]
DocumentDType = Literal["float32", "float64", "uint8", "int32", "int64", "bool"]
"""The data types that a spec may give an input; a graph may also be computed in the others (``Graph.with_dtype``)."""
DataFormat = Literal["channels_last", "channels_first"]
FLOATS: tuple[DType, ...] = ("float16", "bfloat16", "float32", "float64")
ITEM_SIZE: dict[DType, int] = {
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "uint8": 1,
    "int32": 4,
    "int64": 8,
    "bool": 1,
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A dimension known only at run time: ``(name + offset) // divisor``.

    The form is closed under what windows do to a size (a window makes ``(n + a) // s`` of ``n``), so two branches of
    equal size have equal symbols: ``((n + a) // s + b) // t == (n + a + s * b) // (s * t)``.
    """

    name: str
    offset: int = 0
    divisor: int = 1

    def at(self, size: int) -> int:
        """Return the dimension where the name stands for a size."""
        return (size + self.offset) // self.divisor

    def __str__(self) -> str:
        shifted = self.name if not self.offset else f"{self.name} {'-+'[self.offset > 0]} {abs(self.offset)}"
        if self.divisor == 1:
            return shifted
        return f"({shifted}) // {self.divisor}" if self.offset else f"{shifted} // {self.divisor}"


Dim = int | Symbol
Shape = tuple[Dim, ...]


def scaled(dim: Dim, offset: int, divisor: int = 1) -> Dim:
    """Return ``(dim + offset) // divisor``."""
    if isinstance(dim, int):
        return (dim + offset) // divisor
    return Symbol(dim.name, dim.offset + dim.divisor * offset, dim.divisor * divisor)


def counted(dim: Dim) -> int:
    """Return a size as the limits count it: an unknown one is 1."""
    return dim if isinstance(dim, int) else 1


@dataclass(frozen=True, slots=True)
class TensorType:
    """A shape without the batch dimension, and a data type."""

    shape: Shape
    dtype: DType

    @property
    def rank(self) -> int:
        """The number of dimensions, batch included, as Keras and ONNX count axes."""
        return len(self.shape) + 1

    @property
    def elements(self) -> int:
        """The number of elements for one example; an unknown dimension counts as 1."""
        return prod([counted(dim) for dim in self.shape])

    @property
    def array_dtype(self) -> str:
        """The type of NumPy arrays that hold its values: float32 for bfloat16, which NumPy lacks."""
        return "float32" if self.dtype == "bfloat16" else self.dtype

    @property
    def bytes(self) -> int:
        """The size in memory for one example; an unknown dimension counts as 1."""
        return self.elements * ITEM_SIZE[self.dtype]

    @property
    def as_floats(self) -> TensorType:
        """The type once its numbers are floating-point ones: float32 where they are not yet."""
        return self if self.dtype in FLOATS else TensorType(self.shape, "float32")

    def permuted(self, axes: tuple[int, ...]) -> TensorType:
        """Return the type with its axes reordered; ``axes`` counts the batch as axis 0, which stays first."""
        return TensorType(tuple(self.shape[axis - 1] for axis in axes[1:]), self.dtype)

    def __str__(self) -> str:
        return f"{format_shape(self.shape)} {self.dtype}"


def format_shape(shape: Shape) -> str:
    """Return a shape as a spec would write it: ``[180, 180, 3]`` or ``[height, width, 3]``."""
    return f"[{', '.join(map(str, shape))}]"


def float32(value: float) -> float:
    """Round to the nearest float32: an ONNX float attribute holds no more, and every backend must use the same number."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        raise ValueError(f"{value} is beyond the range of a float32") from None
