"""The rules for PyTorch: a module that holds the weights under the layer's own names, in Keras's layout."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from modelspec_gated import GatedUnit
from modelspec_torch.lower.context import Context


class GatedUnitModule(nn.Module):
    """``functional.glu`` of a product."""

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_parameter("bias", None)

    def forward(self, value: Tensor) -> Tensor:
        product = value @ self.kernel
        return functional.glu(product if self.bias is None else product + self.bias, dim=-1)


def gated_unit(_: GatedUnit, ctx: Context) -> nn.Module:
    """The module, with the weights bound to it."""
    return ctx.bind(GatedUnitModule())
