"""The padding of windows: a module's own where it is the same on both sides, a module before it otherwise."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from modelspec.geometry import WindowPadding, extent, padding_amounts
from modelspec.layers.fields import Sizes
from modelspec.tensors import Shape

Amounts = tuple[int, int]

CONSTANT_PAD = {1: nn.ConstantPad1d, 2: nn.ConstantPad2d, 3: nn.ConstantPad3d}
ZERO_PAD = {1: nn.ZeroPad1d, 2: nn.ZeroPad2d, 3: nn.ZeroPad3d}
"""By the number of spatial axes."""


class SamePadding(nn.Module):
    """Pads to ``ceil(size / stride)`` windows for sizes known only at run time; the odd element goes to the end.

    Where windows lie apart, what the last of them does not reach is cut off, so that the size is always
    ``(windows - 1) * stride + extent``: a form that ``torch.export`` can compare between branches.
    """

    def __init__(self, kernel_size: Sizes, stride: Sizes, dilation: Sizes, value: float) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.dilation, self.value = kernel_size, stride, dilation, value

    def forward(self, x: Tensor) -> Tensor:
        amounts = [self._amounts(size, axis) for axis, size in enumerate(x.shape[2:])]
        return F.pad(x, _last_axis_first(amounts), value=self.value)

    def _amounts(self, size: int, axis: int) -> Amounts:
        stride, reach = self.stride[axis], extent(self.kernel_size[axis], self.dilation[axis])
        total = (size - 1) // stride * stride + reach - size
        if reach == 1:
            return 0, total
        before = total // 2 if reach >= stride else max(total, 0) // 2
        return before, total - before

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, dilation={self.dilation}, value={self.value}"


def window_padding(
    sizes: Shape,
    kernel: Sizes,
    strides: Sizes,
    dilation: Sizes,
    padding: WindowPadding,
    *,
    value: float = 0.0,
    limit: bool = False,
) -> tuple[Sizes, nn.Module | None]:
    """Return the padding that the windows' own module can do, axis by axis, and the module that does it before.

    One of them is nothing. ``limit`` is PyTorch's rule for pooling: at most half the window.
    """
    rank = len(kernel)
    none = (0,) * rank
    amounts: list[Amounts] = []
    for n, k, s, d in zip(sizes, kernel, strides, dilation, strict=True):
        known = (0, 0) if extent(k, d) == 1 else padding_amounts(n, k, s, d, padding)
        if known is None:
            return none, SamePadding(kernel, strides, dilation, value)
        amounts.append(known)
    own = tuple(before for before, _ in amounts)
    symmetric = all(before == after for before, after in amounts)
    if symmetric and not (limit and any(before > k // 2 for before, k in zip(own, kernel, strict=True))):
        return own, None
    return none, border(amounts, value)


def border(amounts: list[Amounts], value: float = 0.0) -> nn.Module:
    """Return the module that adds so many elements before and after each spatial axis; negative ones cut off."""
    sides = _last_axis_first(amounts)
    return CONSTANT_PAD[len(amounts)](sides, value) if value else ZERO_PAD[len(amounts)](sides)


def _last_axis_first(amounts: list[Amounts]) -> Sizes:
    """Return amounts as PyTorch takes them: before and after the last axis, then the one before it."""
    return tuple(side for pair in reversed(amounts) for side in pair)
