"""Normalization layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modelspec.layers.normalization import BatchNormalization
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class BatchNorm(nn.Module):
    """Batch normalization as Keras defines it, along any axis.

    ``nn.BatchNorm2d`` differs: its running variance is unbiased, its momentum is 1 minus Keras's, and it refuses a batch
    with one value for each channel, for which this gives ``bias``. A frozen one also uses its running statistics in
    training.
    """

    weight: nn.Parameter | None
    bias: nn.Parameter | None
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, size: int, axis: int, momentum: float, eps: float, *, frozen: bool) -> None:
        super().__init__()
        self.size, self.axis, self.momentum, self.eps, self.frozen = size, axis, momentum, eps, frozen
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    def forward(self, x: Tensor) -> Tensor:
        channels_first = x if self.axis == 1 else x.movedim(self.axis, 1)
        if self.training and not self.frozen:
            result = self._train(channels_first)
        else:
            result = self._normalize(channels_first, self.running_mean, self.running_var, training=False)
        return result if self.axis == 1 else result.movedim(1, self.axis)

    def _train(self, x: Tensor) -> Tensor:
        mean, variance = torch.zeros_like(self.running_mean), torch.zeros_like(self.running_var)
        result = self._normalize(x, mean, variance, training=True)
        count = x.numel() // self.size
        with torch.no_grad():
            biased = variance * ((count - 1) / count) if count > 1 else torch.zeros_like(variance)
            self.running_mean.mul_(self.momentum).add_(mean, alpha=1 - self.momentum)
            self.running_var.mul_(self.momentum).add_(biased, alpha=1 - self.momentum)
        return result

    def _normalize(self, x: Tensor, mean: Tensor, variance: Tensor, *, training: bool) -> Tensor:
        """Call the native operator; in training it leaves the batch's mean and unbiased variance (momentum 1)."""
        return torch.batch_norm(
            x, self.weight, self.bias, mean, variance, training, 1.0, self.eps, torch.backends.cudnn.enabled
        )

    def extra_repr(self) -> str:
        frozen = ", frozen" if self.frozen else ""
        return f"{self.size}, axis={self.axis}, momentum={self.momentum:g}, eps={self.eps:g}{frozen}"


def batch_normalization(layer: BatchNormalization, ctx: Context) -> nn.Module:
    """Batch normalization; one that is not trainable is frozen, as in Keras."""
    axis = layer.axis_of(ctx.input)
    size = ctx.input.shape[axis - 1]
    assert isinstance(size, int)
    return ctx.bind(BatchNorm(size, axis, layer.momentum, layer.epsilon, frozen=not layer.trainable))


RULES: Rules = {
    BatchNormalization: batch_normalization,
}
