"""Traps of layers that move, repeat or resize: the order of axes, and where pixels are looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from modelspec.geometry import inverse
from modelspec.layers.base import Formatted
from modelspec.layers.core import Dense
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.regularization import Dropout
from modelspec.layers.reshaping import Flatten, Permute, Reshape
from modelspec.layers.resizing import Resizing
from modelspec.verify.traps.trap import Alone, Trap, Variant
from modelspec.weights import Array

Places = Callable[[int, int], Array]
"""Returns where each of the new pixels is looked up: of their number before and after."""


def _channels_first(it: Alone) -> Iterator[Variant]:
    """Yield the elements in the order of channels first, as they stand where no Permute was put."""
    if isinstance(it.layer, Flatten | Reshape) and it.inputs[0].ndim > 2:
        for moved in (np.moveaxis(it.inputs[0], -1, 1), np.moveaxis(it.inputs[0], 1, -1)):
            yield it.instead(lambda _, moved=moved: np.ascontiguousarray(moved).reshape(it.made.shape))


def _other_format(it: Alone) -> Iterator[Variant]:
    if isinstance(it.layer, Formatted) and not isinstance(it.layer, Flatten):
        other = "channels_last" if it.layer.data_format == "channels_first" else "channels_first"
        yield it.but(data_format=other)


def _inverse(it: Alone) -> Iterator[Variant]:
    if isinstance(it.layer, Permute):
        yield it.but(dims=inverse(it.layer.axes)[1:])


def _other_axis(it: Alone) -> Iterator[Variant]:
    """Yield the product along the axis before the last, where it has as many elements."""
    if isinstance(it.layer, Dense) and it.inputs[0].ndim > 2:
        yield it.but(inputs=(it.inputs[0].swapaxes(-1, -2),))
        yield it.but(inputs=(it.inputs[0].swapaxes(-1, -2),), after=lambda made: made.swapaxes(-1, -2))


def _constants_elsewhere(it: Alone) -> Iterator[Variant]:
    """Yield a Rescaling whose vectors stand along another axis than the last."""
    if not isinstance(it.layer, Rescaling):
        return
    layer, x = it.layer, it.inputs[0]
    for axis in range(1, x.ndim - 1):
        numbers = [np.asarray(constant) for constant in (layer.scale, layer.offset)]
        if any(array.ndim == 1 and array.size not in (1, x.shape[axis]) for array in numbers):
            continue
        if any(array.ndim == 1 for array in numbers):
            scale, offset = (array.reshape([-1, *[1] * (x.ndim - 1 - axis)]) if array.ndim == 1 else array for array in numbers)
            yield it.instead(lambda x, scale=scale, offset=offset: x * scale + offset)


def _nearest(places: Places) -> Callable[[Alone], Iterator[Variant]]:
    """Return the pixels of which the number is below a place."""

    def variants(it: Alone) -> Iterator[Variant]:
        if not _resizes(it, "nearest"):
            return
        yield it.instead(lambda x: _along(x, it, lambda y, axis, n, m: y.take(_whole(places(n, m), n), axis)))

    return variants


def _bilinear(places: Places) -> Callable[[Alone], Iterator[Variant]]:
    """Return straight lines between the pixels around each place."""

    def between(x: Array, axis: int, n: int, m: int) -> Array:
        at = np.clip(places(n, m), 0, n - 1)
        low = np.minimum(np.floor(at).astype(int), n - 1)
        share = (at - low).reshape([-1, *[1] * (x.ndim - 1 - axis)])
        return x.take(low, axis) * (1 - share) + x.take(np.minimum(low + 1, n - 1), axis) * share

    def variants(it: Alone) -> Iterator[Variant]:
        if _resizes(it, "bilinear"):
            yield it.instead(lambda x: _along(x, it, between))

    return variants


def _resizes(it: Alone, interpolation: str) -> bool:
    layer = it.layer
    if not isinstance(layer, Resizing) or layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio:
        return False
    return layer.interpolation == interpolation


def _along(x: Array, it: Alone, change: Callable[[Array, int, int, int], Array]) -> Array:
    """Return an image resized along height and width; ``change`` gets the image, the axis, and its size before and after."""
    first = 2 if getattr(it.layer, "data_format", None) == "channels_first" else 1
    for axis in (first, first + 1):
        x = change(x, axis, x.shape[axis], it.made.shape[axis])
    return x


def _whole(places: Array, n: int) -> Array:
    return np.clip(np.floor(places), 0, n - 1).astype(int)


def _starts(n: int, m: int) -> Array:
    return np.arange(m) * (n / m)


def _middles(n: int, m: int) -> Array:
    return (np.arange(m) + 0.5) * (n / m) - 0.5


def _corners(n: int, m: int) -> Array:
    return np.arange(m) * ((n - 1) / max(m - 1, 1))


def _dropped(it: Alone) -> Iterator[Variant]:
    """Yield what dropout makes: zeros where the odd backend has them, and the rest larger."""
    if isinstance(it.layer, Dropout) and 0 < it.layer.rate < 1:
        rate = it.layer.rate
        yield it.instead(lambda x: np.where(it.made == 0, 0.0, x / (1 - rate)))


TRAPS: tuple[Trap, ...] = (
    Trap("the elements stand in the order of the other data format", _channels_first),
    Trap("the channels stand in the other data format", _other_format),
    Trap("the axes are permuted the other way", _inverse),
    Trap("the product runs along the axis before the last", _other_axis),
    Trap("numbers for the last axis stand along another", _constants_elsewhere),
    Trap("the nearest pixel is that below i * n / m, as PyTorch's nearest has it", _nearest(_starts)),
    Trap("the nearest pixel is rounded down from the half", _nearest(lambda n, m: np.ceil(_middles(n, m) - 0.5))),
    Trap("the nearest pixel is found with the corners aligned", _nearest(lambda n, m: np.rint(_corners(n, m)))),
    Trap("pixels are interpolated with the corners aligned", _bilinear(_corners)),
    Trap("pixels are interpolated from their starts, not their middles", _bilinear(_starts)),
    Trap("dropout is on", _dropped),
)
