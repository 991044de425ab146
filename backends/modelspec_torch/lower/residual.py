"""Scaled and stochastic residual branches."""

from __future__ import annotations

from torch import Tensor, nn

from modelspec.layers.residual import LayerScale, ScaledAdd, StochasticDepth
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.merging import Elementwise
from modelspec_torch.lower.regularization import MaskDropout
from modelspec_torch.lower.rules import Rules


class Scale(nn.Module):
    """``gamma * x`` along an axis; ``after`` is the number of axes that follow it."""

    gamma: nn.Parameter

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma.view(-1, *[1] * self.after)


class ScaledSum(Elementwise):
    """``x + scale * y``; sizes of 1 broadcast."""

    def __init__(self, rank: int, scale: float) -> None:
        super().__init__(rank)
        self.scale = scale

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        return a + self.scale * b

    def extra_repr(self) -> str:
        return f"scale={self.scale}"


def layer_scale(layer: LayerScale, ctx: Context) -> nn.Module:
    """A product with a parameter."""
    return ctx.bind(Scale(ctx.input.rank - 1 - layer.axis_of(ctx.input)))


def stochastic_depth(layer: StochasticDepth, ctx: Context) -> nn.Module:
    """Dropout with one mask for all of an example."""
    return MaskDropout(layer.rate, layer.noise_shape(ctx.input.rank), layer.seed)


def scaled_add(layer: ScaledAdd, ctx: Context) -> nn.Module:
    """The definition."""
    return ScaledSum(ctx.node.output.rank, layer.scale)


RULES: Rules = {
    LayerScale: layer_scale,
    ScaledAdd: scaled_add,
    StochasticDepth: stochastic_depth,
}
