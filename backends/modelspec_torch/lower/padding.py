"""The padding of windows: a module's own where it is the same on both sides, a module before it otherwise."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from modelspec.geometry import Padding, extent, padding_amounts
from modelspec.tensors import Shape

Pair = tuple[int, int]


class SamePadding2d(nn.Module):
    """Pads to ``ceil(size / stride)`` windows for sizes known only at run time; the odd element goes to the end.

    Where windows lie apart, what the last of them does not reach is cut off, so that the size is always
    ``(windows - 1) * stride + extent``: a form that ``torch.export`` can compare between branches.
    """

    def __init__(self, kernel_size: Pair, stride: Pair, dilation: Pair, value: float) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.dilation, self.value = kernel_size, stride, dilation, value

    def forward(self, x: Tensor) -> Tensor:
        top, bottom = self._amounts(x.shape[2], 0)
        left, right = self._amounts(x.shape[3], 1)
        return F.pad(x, (left, right, top, bottom), value=self.value)

    def _amounts(self, size: int, axis: int) -> Pair:
        stride, reach = self.stride[axis], extent(self.kernel_size[axis], self.dilation[axis])
        total = (size - 1) // stride * stride + reach - size
        if reach == 1:
            return 0, total
        before = total // 2 if reach >= stride else max(total, 0) // 2
        return before, total - before

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, dilation={self.dilation}, value={self.value}"


def window_padding(
    sizes: Shape, kernel: Pair, strides: Pair, dilation: Pair, padding: Padding, *, value: float = 0.0, limit: bool = False
) -> tuple[Pair, nn.Module | None]:
    """Return the padding that the windows' own module can do, as (height, width), and the module that does it before.

    One of them is nothing. ``limit`` is PyTorch's rule for pooling: at most half the window.
    """
    height, width = (
        (0, 0) if extent(k, d) == 1 else padding_amounts(n, k, s, d, padding)
        for n, k, s, d in zip(sizes, kernel, strides, dilation, strict=True)
    )
    if height is None or width is None:
        return (0, 0), SamePadding2d(kernel, strides, dilation, value)
    symmetric = height[0] == height[1] and width[0] == width[1]
    if symmetric and not (limit and (height[0] > kernel[0] // 2 or width[0] > kernel[1] // 2)):
        return (height[0], width[0]), None
    sides = (*width, *height)
    return (0, 0), nn.ConstantPad2d(sides, value) if value else nn.ZeroPad2d(sides)
