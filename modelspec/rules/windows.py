"""Windows of convolutions and poolings: what they read, what they leave out, and how far they see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from modelspec.layers import FAMILIES
from modelspec.layers.base import Spatial
from modelspec.rules.subject import ACTIVATION_LAYERS, Model, Remark
from modelspec.tensors import format_shape

_GLOBAL = tuple(name for name in FAMILIES["pooling"] if name.startswith("Global"))
_LOCAL = {
    "Activation", "Rescaling", "Normalization", "LayerScale", "StochasticDepth", "ScaledAdd", *ACTIVATION_LAYERS,
    *FAMILIES["normalization"], *FAMILIES["regularization"], *FAMILIES["merging"], *FAMILIES["padding"],
}  # fmt: skip
"""Layers whose outputs see no more than what they read sees."""
_Axes = tuple[tuple[int, int], ...]
"""The receptive field along each spatial axis, and how far apart neighbours are in the input."""
_UNREAD = 0.1
"""The share of rows or columns that a window may leave out at the end without a remark."""


def even_kernel(model: Model) -> Iterator[Remark]:
    """An even kernel has no centre: with "same" padding it moves what it makes by half an element (2 before, 1 after, ...)."""
    for window in model.windows:
        axes = zip(window.kernel, window.strides, strict=True)
        if window.field == "kernel_size" and window.padding == "same" and any(k % 2 == 0 and s == 1 for k, s in axes):
            shown = _by(window.kernel)
            message = f'a kernel of {shown} with padding "same" moves "{window.node.name}" by half an element'
            yield model.remark(window.node, message, "use an odd kernel size", window.field)


def stride_beyond_kernel(model: Model) -> Iterator[Remark]:
    """A stride larger than the window skips what lies between; of a window of 1, as in projections, that is the purpose."""
    for window in model.windows:
        axes = zip(window.extents, window.strides, strict=True)
        if max(window.kernel) > 1 and any(s > e for e, s in axes):
            message = f"strides of {_by(window.strides)} skip elements that no window of {_by(window.extents)} reads"
            yield model.remark(window.node, message, "use a larger window, or smaller strides", "strides")


def mostly_padding(model: Model) -> Iterator[Remark]:
    """Most of what a pooling reads should be there; of what a kernel reads, a quarter: its weights meet values by turns."""
    for window in model.windows:
        sizes = [size for size in window.sizes if isinstance(size, int)]
        if window.padding == "valid" or len(sizes) < len(window.sizes) or min(sizes) == 1:
            continue
        share = prod(min(1, n / e) for n, e in zip(sizes, window.extents, strict=True))
        if share < (0.5 if window.field == "pool_size" else 0.25):
            message = f"a window of {_by(window.extents)} over {_by(window.sizes)} reads {1 - share:.0%} padding at least"
            yield model.remark(window.node, message, "use a smaller window, or less downsampling before it", window.field)


def convolved_to_one(model: Model) -> Iterator[Remark]:
    """Along an axis of size 1 only one slice of a kernel ever meets a value; the rest of its weights meets padding."""
    for window in model.windows:
        wasted = [n == 1 and k > 1 for n, k in zip(window.sizes, window.kernel, strict=True)]
        if window.field == "kernel_size" and any(wasted):
            used = prod(1 if waste else k for waste, k in zip(wasted, window.kernel, strict=True))
            message = f"the input is {_by(window.sizes)}: {used} of the {prod(window.kernel)} weights of the kernel meet values"
            yield model.remark(window.node, message, "use a larger input, less downsampling, or a kernel of 1", window.field)


def short_sighted(model: Model) -> Iterator[Remark]:
    """What a global pooling averages has each seen a part of the image only; no layer after it can relate the parts.

    The receptive field grows by ``(extent - 1) * jump`` with each window, and the jump by its stride (Araujo et al. 2019).
    A layer that is not known to be local is taken to see everything.
    """
    images = {name: kind.shape for name, kind in model.graph.inputs.items() if len(kind.shape) > 1}
    seen: dict[str, _Axes] = {name: ((1, 1),) * (len(shape) - 1) for name, shape in images.items()}
    windows = {window.node.value: window for window in model.windows}
    convolved: set[str] = set()  # what a window reads further on: a squeeze-and-excite block pools globally in between
    for node in reversed(model.graph.nodes):
        if node.value in windows or node.value in convolved:
            convolved.update(node.inputs)
    for node in model.graph.nodes:
        read = [seen[name] for name in node.inputs if name in seen]
        if len(read) < len(node.inputs) or len({len(axes) for axes in read}) != 1:
            continue
        if window := windows.get(node.value):
            steps = zip(read[0], window.extents, window.strides, strict=True)
            seen[node.value] = tuple((field + (e - 1) * jump, jump * s) for (field, jump), e, s in steps)
        elif node.layer.kind in _LOCAL:
            seen[node.value] = tuple((max(f for f, _ in axis), max(j for _, j in axis)) for axis in zip(*read, strict=True))
        elif (
            node.layer.kind in _GLOBAL and node.value not in convolved and isinstance(node.layer, Spatial) and len(images) == 1
        ):
            (shape,) = images.values()
            sizes, fields = node.layer.split(shape)[0], [field for field, _ in read[0]]
            if any(isinstance(n, int) and field < n for n, field in zip(sizes, fields, strict=False)):
                message = f'what "{node.name}" pools has seen {_by(fields)} of the {_by(sizes)} input'
                hint = "add layers, strides or dilation before it, if the whole of the input matters at once"
                yield model.remark(node, message, hint)


def pools_one_value(model: Model) -> Iterator[Remark]:
    """A pooling over one value hands it on; what was there to be pooled was lost before."""
    for window in model.windows:
        if window.field == "pool_size" and max(window.kernel) > 1 and all(size == 1 for size in window.sizes):
            yield model.remark(window.node, f"the input is {_by(window.sizes)}: there is one value to pool", _LESS)
    for node in model.of(_GLOBAL):
        layer = node.layer
        if isinstance(layer, Spatial) and all(size == 1 for size in layer.split(node.input_types[0].shape)[0]):
            yield model.remark(
                node, f'"{node.name}" pools one value: its input is {format_shape(node.input_types[0].shape)}', _LESS
            )


def leaves_out_the_end(model: Model) -> Iterator[Remark]:
    """Windows without padding stop where the next would not fit; the rows and columns behind the last are never read."""
    for window in model.windows:
        if window.padding != "valid":
            continue
        for n, e, s in zip(window.sizes, window.extents, window.strides, strict=True):
            if not isinstance(n, int):
                continue
            left = (n - max(e, s)) % s  # what a larger stride skips has a remark of its own
            if left >= n * _UNREAD and left > 0:
                message = f"{left} of {n} rows or columns are never read: a window of {e} with strides of {s} ends before them"
                yield model.remark(window.node, message, 'use padding "same", or a size that the windows fill', "padding")
                break


def idle_dilation(model: Model) -> Iterator[Remark]:
    """There is nothing between the elements of a kernel of 1 that a dilation could spread."""
    for window in model.windows:
        if any(d > 1 and k == 1 for d, k in zip(window.dilation, window.kernel, strict=True)):
            message = f"a dilation of {_by(window.dilation)} does nothing for a kernel of {_by(window.kernel)}"
            yield model.remark(window.node, message, "use a larger kernel, or no dilation", "dilation_rate")


_LESS = "use a larger input, less downsampling before it, or no pooling"


def _by(sizes: Sequence[object]) -> str:
    return "x".join(map(str, sizes))
