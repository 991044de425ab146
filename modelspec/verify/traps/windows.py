"""Traps of convolutions and pooling: padding, the order of kernels and of channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from modelspec.geometry import extent, padding_amounts
from modelspec.layers.convolution import Window
from modelspec.layers.core import Dense
from modelspec.layers.depthwise import WithDepthwiseKernel
from modelspec.layers.pooling import GlobalPooling, Pooling
from modelspec.layers.transposed import Transposed
from modelspec.verify.traps.trap import Alone, Trap, Variant
from modelspec.weights import Array

Amounts = tuple[int, int]
KERNELS = ("kernel", "depthwise_kernel")
"""The names of kernels with spatial axes, which stand first."""


def _geometry(it: Alone) -> list[tuple[int, int, int, Amounts]]:
    """Return axis, size of the window, what it spans and the right padding for each spatial axis of a window; else nothing."""
    match it.layer:
        case Transposed():
            return []
        case Window(kernel_size=sizes, strides=strides, dilation_rate=dilations, padding=padding, data_format=form):
            pass
        case Pooling(pool_size=sizes, steps=strides, padding=padding, data_format=form):
            dilations = (1,) * len(sizes)
        case _:
            return []
    found: list[tuple[int, int, int, Amounts]] = []
    for axis, (k, s, d) in enumerate(zip(sizes, strides, dilations, strict=True), 2 if form == "channels_first" else 1):
        right = padding_amounts(it.inputs[0].shape[axis], k, s, d, padding)
        found.append((axis, k, extent(k, d), right or (0, 0)))
    return found


def _padded(it: Alone, amounts: dict[int, Amounts], fill: float) -> Variant:
    """Return the layer without padding, on an input that has it."""
    pairs = [amounts.get(axis, (0, 0)) for axis in range(it.inputs[0].ndim)]
    return it.but(inputs=(np.pad(it.inputs[0], pairs, constant_values=fill),), padding="valid")


def _padding(*wrong: Callable[[int, int, Amounts], Amounts], causal: bool = False) -> Callable[[Alone], Iterator[Variant]]:
    """Return variants with other amounts, each made of the window's size, its extent and the right amounts."""

    def variants(it: Alone) -> Iterator[Variant]:
        axes = _geometry(it)
        if getattr(it.layer, "padding", "") != ("causal" if causal else "same") or it.layer.kind.startswith("Average"):
            return
        right = {axis: amounts for axis, *_, amounts in axes}
        fill = -np.inf if it.layer.kind.startswith("Max") else 0.0
        for amounts in wrong if axes else ():
            changed = {axis: amounts(k, reach, known) for axis, k, reach, known in axes}
            if changed != right:
                yield _padded(it, changed, fill)

    return variants


def _counted(it: Alone) -> Iterator[Variant]:
    """Yield pooling that takes padding for zeros."""
    axes = _geometry(it)
    if isinstance(it.layer, Pooling) and any(sum(amounts) for *_, amounts in axes):
        yield _padded(it, {axis: amounts for axis, *_, amounts in axes}, 0.0)


def _spatial_kernels(it: Alone, change: Callable[[Array, int], Array]) -> Iterator[Variant]:
    """Yield the layer with its kernels changed; ``change`` gets a kernel and the number of its spatial axes."""
    if isinstance(it.layer, Window):
        rank = it.layer.spatial_rank
        yield it.but(weights={name: change(it.weights[name], rank) for name in KERNELS if name in it.weights})


def _flipped(it: Alone) -> Iterator[Variant]:
    yield from _spatial_kernels(it, lambda kernel, rank: np.flip(kernel, tuple(range(rank))))


def _swapped(it: Alone) -> Iterator[Variant]:
    if isinstance(it.layer, Window) and it.layer.spatial_rank == 2 and len({*it.layer.kernel_size}) == 1:
        yield from _spatial_kernels(it, lambda kernel, _: kernel.swapaxes(0, 1))


def _transposed_kernel(it: Alone) -> Iterator[Variant]:
    """Yield the layer with inputs for outputs, where there are as many of both."""
    kernel = it.weights.get("kernel")
    joins = isinstance(it.layer, Dense | Window) and not isinstance(it.layer, WithDepthwiseKernel)
    if joins and kernel is not None and kernel.shape[-1] == kernel.shape[-2]:
        yield it.but(weights={"kernel": kernel.swapaxes(-1, -2)})


def _multiplier_first(it: Alone) -> Iterator[Variant]:
    """Yield depthwise kernels read in the other order, and outputs in it."""
    if not isinstance(it.layer, WithDepthwiseKernel) or it.layer.depth_multiplier == 1:
        return
    name = next(name for name in KERNELS if name in it.weights)
    kernel = it.weights[name]
    yield it.but(weights={name: kernel.swapaxes(-1, -2).reshape(kernel.shape)})


def _undilated(it: Alone) -> Iterator[Variant]:
    if isinstance(it.layer, Window) and max(it.layer.dilation_rate) > 1:
        yield it.but(dilation_rate=(1,) * it.layer.spatial_rank)


def _cut_at_start(it: Alone) -> Iterator[Variant]:
    """Yield a transposed convolution whose larger cut is the first: the whole of it, cut afterwards."""
    if not isinstance(it.layer, Transposed) or it.layer.padding != "same" or it.layer.output_padding is not None:
        return
    crops = it.layer.crops
    if all(before == after or min(before, after) < 0 for before, after in crops):
        return
    first = 2 if it.layer.data_format == "channels_first" else 1
    cuts = {axis: (max(after, 0), max(before, 0)) for axis, (before, after) in enumerate(crops, first)}

    def after(made: Array) -> Array:
        pairs = [cuts.get(axis, (0, 0)) for axis in range(made.ndim)]
        return made[tuple(slice(begin, size - end) for (begin, end), size in zip(pairs, made.shape, strict=True))]

    yield it.but(padding="valid", after=after)


def _other_dimensions(it: Alone) -> Iterator[Variant]:
    if isinstance(it.layer, GlobalPooling):
        yield it.but(keepdims=not it.layer.keepdims)
        yield it.but(keepdims=not it.layer.keepdims, after=lambda made: np.moveaxis(made, -1, 1))  # with the channels first


TRAPS: tuple[Trap, ...] = (
    Trap(
        "the padding is the same on both sides, as PyTorch's own is",
        _padding(lambda _, reach, __: ((reach - 1) // 2, (reach - 1) // 2), lambda _, __, right: (right[1], right[1])),
    ),
    Trap("the odd element of the padding stands at the start", _padding(lambda _, __, right: (right[1], right[0]))),
    Trap("causal padding stands at the end", _padding(lambda _, __, right: (right[1], right[0]), causal=True)),
    Trap("the padding does not count the dilation", _padding(lambda k, _, __: (k - 1, 0), causal=True)),
    Trap("the padding counts as zeros", _counted),
    Trap("the kernel is flipped", _flipped),
    Trap("height and width of the kernel are exchanged", _swapped),
    Trap("inputs and outputs of the kernel are exchanged", _transposed_kernel),
    Trap("depthwise kernels are counted multiplier first", _multiplier_first),
    Trap("the dilation is left out", _undilated),
    Trap("the odd element is cut off at the start", _cut_at_start),
    Trap("the pooled axes stay where they should go, or go where they should stay", _other_dimensions),
)
