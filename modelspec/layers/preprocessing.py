"""Layers that prepare data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from modelspec.layers.axes import known_sizes, moved_axes, positive_axes
from modelspec.layers.base import Layer, LayerError, Weight
from modelspec.layers.fields import Axes, Variances, shape_of
from modelspec.layers.fields import Numbers as NumbersField
from modelspec.layers.folding import AffineMap, Merged, Numbers, Own
from modelspec.layers.initializers import ONES, ZEROS
from modelspec.tensors import DType, Shape, TensorType, format_shape


class _Affine(Layer):
    """A layer that is a product and a sum. Two of them with numbers in their fields are one."""

    def followed_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        own = self.affine(inputs)
        return None if own is None else _joined(own, affine, inputs[0].rank)

    def preceded_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        own = self.affine(inputs)
        return None if own is None else _joined(affine, own, inputs[0].rank)


class Rescaling(_Affine):
    """``x * scale + offset``, as ``keras.layers.Rescaling``. Integers become float32 first."""

    type: Literal["Rescaling"] = "Rescaling"
    scale: NumbersField
    """The factor: a number, or nested lists that broadcast as NumPy's arrays do: one with a number for each element of the last
    axis, say."""
    offset: NumbersField = 0.0
    """What is added, likewise."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        for name, constant in (("scale", self.scale), ("offset", self.offset)):
            _check_broadcast(name, constant, value.shape, format_shape(value.shape))
        return value.as_floats

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return self.model_copy(
            update={"scale": _permuted(self.scale, axes), "offset": _permuted(self.offset, axes)},
        )

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return {*_flat(self.scale)} == {1} and {*_flat(self.offset)} == {0}

    def affine(self, inputs: Sequence[TensorType]) -> AffineMap | None:
        along: set[int] = set()
        for shape in (shape_of(self.scale), shape_of(self.offset)):
            along |= {inputs[0].rank - len(shape) + place for place, size in enumerate(shape) if size > 1}
        if len(along) > 1:
            return None

        def numbers(_: Own) -> Numbers:
            import numpy as np

            return Numbers(np.array(_flat(self.scale), np.float64), np.array(_flat(self.offset), np.float64))

        return AffineMap(along.pop() if along else None, {*_flat(self.offset)} != {0}, numbers, is_constant=True)


class Cast(Layer):
    """The same numbers in another data type, rounded to it; no spec names it."""

    type: Literal["Cast"] = "Cast"
    to: DType
    """The data type."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return TensorType(inputs[0].shape, self.to)


class Normalization(_Affine):
    """``(x - mean) / max(sqrt(variance), 1e-7)`` with a mean and variance of the data, given or found out by ``adapt``, as
    ``keras.layers.Normalization``. Integers become float32 first."""

    type: Literal["Normalization"] = "Normalization"
    axis: Axes | None = -1
    """The axis, or a list of axes, along which each place has a mean and variance of its own, counted with the batch as 0.
    Null is one mean and variance for everything."""
    mean: NumbersField | None = None
    """The mean: a number, or nested lists that broadcast to the sizes of the axes, in ascending order. Where it is not given,
    ``mean``, ``variance`` and ``count`` are weights that no training changes; Keras's ``adapt`` fills them."""
    variance: Variances | None = None
    """The variance, in the form of ``mean``; both or neither are given."""
    invert: bool = False
    """Whether to do the opposite: ``x * max(sqrt(variance), 1e-7) + mean``."""

    def axes_of(self, value: TensorType) -> tuple[int, ...]:
        """Return the axes as ascending positive numbers, batch included."""
        return positive_axes(self.axis, value.rank)

    def broadcast_shape(self, value: TensorType) -> tuple[int, ...]:
        """Return the shape of the mean and the variance, as it broadcasts to the input without its batch."""
        sizes = dict(zip(self.axes_of(value), self._sizes(value), strict=True))
        return tuple(sizes.get(axis, 1) for axis in range(1, value.rank))

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        sizes = self._sizes(value)
        if (self.mean is None) != (self.variance is None):
            missing = "mean" if self.mean is None else "variance"
            raise LayerError("MS203", f"{missing} is not given", "give both mean and variance, or neither")
        if self.mean is not None and self.variance is not None:
            shape = shape_of(self.mean)
            if shape_of(self.variance) != shape:
                raise LayerError(
                    "MS203",
                    f"mean has the shape {list(shape)} and variance {list(shape_of(self.variance))}; they must be equal",
                )
            _check_broadcast("mean", self.mean, sizes, f"the axes' sizes {list(sizes)}")
        return value.as_floats

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        if self.mean is not None:
            return ()
        sizes = self._sizes(inputs[0])
        return (
            Weight("mean", sizes, ZEROS, trainable=False),
            Weight("variance", sizes, ONES, trainable=False),
            Weight("count", (), ZEROS, trainable=False),
        )

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        moved = moved_axes(self.axis, axes)
        return self.model_copy(update={"axis": moved}) if list(moved) == sorted(moved) else None

    def affine(self, inputs: Sequence[TensorType]) -> AffineMap | None:
        axes, sizes = self.axes_of(inputs[0]), self._sizes(inputs[0])
        if len(axes) > 1:
            return None

        def numbers(own: Own) -> Numbers:
            import numpy as np

            given = (own["mean"], own["variance"]) if self.mean is None else (self.mean, self.variance)
            mean, variance = (np.broadcast_to(np.asarray(each, np.float64), sizes) for each in given)
            deviation = np.maximum(np.sqrt(variance), 1e-7)
            return Numbers(deviation, mean) if self.invert else Numbers(1 / deviation, -mean / deviation)

        return AffineMap(axes[0] if axes else None, True, numbers, is_constant=self.mean is not None)

    def _sizes(self, value: TensorType) -> tuple[int, ...]:
        return known_sizes(self, self.axis, value) if self.axis not in (None, ()) else ()


def _joined(first: AffineMap, second: AffineMap, rank: int) -> Merged | None:
    """Return one affine map after another as a layer; None where their numbers are not all known, or along different axes."""
    import numpy as np

    along = {axis for axis in (first.axis, second.axis) if axis is not None}
    if not (first.is_constant and second.is_constant) or len(along) > 1:
        return None
    before, after = first.numbers({}), second.numbers({})
    scale, offset = before.factor * after.factor, before.offset * after.factor + after.offset
    if not np.isfinite([*scale.astype(np.float32), *offset.astype(np.float32)]).all():
        return None
    shape = [-1 if axis in along else 1 for axis in range(1, rank)] if along else []

    def nested(numbers: Any) -> Any:
        return _tuples(np.reshape(numbers, shape if numbers.size > 1 else []).tolist())

    return Merged(Rescaling(scale=nested(scale), offset=nested(offset)))


def _tuples(array: Any) -> Any:
    return tuple(_tuples(row) for row in array) if isinstance(array, list) else array  # pyright: ignore[reportUnknownVariableType]


def _check_broadcast(name: str, constant: object, sizes: Shape, to: str) -> None:
    """Raise LayerError (MS501) where a constant does not broadcast to sizes, as NumPy's arrays do."""
    shape = shape_of(constant)
    tail = sizes[len(sizes) - len(shape) :]
    if len(shape) > len(sizes) or any(size not in (1, of) for size, of in zip(shape, tail, strict=True)):
        hint = "a list has a number for each element of the last axis"
        raise LayerError("MS501", f"{name} has the shape {list(shape)}, which does not broadcast to {to}", hint)


def _permuted(constant: Any, axes: tuple[int, ...]) -> Any:
    """Reorder a constant that broadcasts to all axes but the batch."""
    if not isinstance(constant, tuple):
        return constant
    shape = shape_of(constant)  # pyright: ignore[reportUnknownArgumentType]
    shape = (1,) * (len(axes) - 1 - len(shape)) + shape
    flat = _flat(constant)
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]

    def build(order: tuple[int, ...], start: int) -> Any:
        if not order:
            return flat[start]
        axis = order[0] - 1
        return tuple(build(order[1:], start + step * strides[axis]) for step in range(shape[axis]))

    return build(axes[1:], 0)


def _flat(constant: Any) -> list[float]:
    return [item for row in constant for item in _flat(row)] if isinstance(constant, tuple) else [constant]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
