"""What Keras adds to its loss and does to its weights after each step, for a PyTorch training loop.

::

    loss = criterion(model(x), y) + modelspec_torch.penalty(model)
    loss.backward()
    optimizer.step()
    modelspec_torch.constrain(model)

A module that the backend made carries what this needs as plain attributes: ``weight_rules``, the regularizers and constraints
of its own parameters, and ``activity_penalty``, which a forward hook fills. Neither is part of its state dict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from modelspec.layers.constraints import AnyConstraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from modelspec.layers.regularizers import L1, L1L2, L2, AnyRegularizer, OrthogonalRegularizer
from modelspec_torch.axes import reading

EPSILON = 1e-7
"""What Keras adds to a norm before it divides by it (``keras.config.epsilon()``)."""

AnyModule = TypeVar("AnyModule", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class WeightRule:
    """The penalty and the constraint of a parameter; both are meant for Keras's layout."""

    name: str
    """The parameter's name in its module."""
    axes: str
    """The way from Keras's layout to the module's."""
    shape: tuple[int, ...]
    """The shape in Keras's layout."""
    regularizer: AnyRegularizer | None
    constraint: AnyConstraint | None

    def canonical(self, tensor: Tensor) -> Tensor:
        """Return a view of the parameter in Keras's layout."""
        sizes, order = reading(self.axes, self.shape)
        return tensor.view(sizes).permute(order)


class ActivityPenalty:
    """A forward hook that keeps the penalty on the last output, divided by the batch size as in Keras."""

    def __init__(self, regularizer: AnyRegularizer) -> None:
        self.regularizer = regularizer
        self.value: Tensor | None = None

    def __call__(self, _: nn.Module, __: tuple[Any, ...], output: Tensor) -> None:
        if not torch.compiler.is_exporting():
            self.value = _penalty_on(output, self.regularizer) / output.shape[0]

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the value: a copy has not been called, and PyTorch copies no tensor that has a history."""
        return {"regularizer": self.regularizer, "value": None}


def penalize_activity(module: AnyModule, regularizer: AnyRegularizer) -> AnyModule:
    """Return the module, which from now on keeps the penalty on its output for ``penalty`` to find."""
    hook = ActivityPenalty(regularizer)
    module.activity_penalty = hook  # pyright: ignore[reportArgumentType]
    module.register_forward_hook(hook)
    return module


def penalty(module: nn.Module) -> Tensor:
    """Return the sum of what Keras lists as ``model.losses``: the penalties on the weights that are trained, and on the outputs
    of the last call. It is a scalar, 0 for a module without penalties."""
    terms: list[Tensor] = []
    for part in module.modules():
        for rule in _rules(part):
            parameter = part.get_parameter(rule.name)
            if rule.regularizer is not None and parameter.requires_grad:
                terms.append(_penalty_on(rule.canonical(parameter), rule.regularizer))
        hook = getattr(part, "activity_penalty", None)
        if isinstance(hook, ActivityPenalty) and hook.value is not None:
            terms.append(hook.value)
    some = next(module.parameters(), torch.zeros(()))
    return sum(terms, torch.zeros((), dtype=some.dtype, device=some.device))


@torch.no_grad()
def constrain(module: nn.Module) -> None:
    """Project the weights that are trained to their constraints, in place, as Keras's optimizers do after each step."""
    for part in module.modules():
        for rule in _rules(part):
            parameter = part.get_parameter(rule.name)
            if rule.constraint is not None and parameter.requires_grad:
                _project(rule.canonical(parameter), rule.constraint)


def _rules(part: nn.Module) -> tuple[WeightRule, ...]:
    return getattr(part, "weight_rules", ())


def _penalty_on(x: Tensor, regularizer: AnyRegularizer) -> Tensor:
    match regularizer:
        case L1(l1=l1):
            return l1 * x.abs().sum()
        case L2(l2=l2):
            return l2 * x.square().sum()
        case L1L2(l1=l1, l2=l2):
            return l1 * x.abs().sum() + l2 * x.square().sum()
        case OrthogonalRegularizer(factor=factor, mode=mode):
            return factor * _mean_cosine(x if mode == "rows" else x.T)


def _mean_cosine(matrix: Tensor) -> Tensor:
    """Return the mean of the absolute cosine between two rows."""
    if matrix.ndim != 2:
        raise ValueError(f"an orthogonal penalty is for a matrix, not for the shape {tuple(matrix.shape)}")
    rows = matrix * matrix.square().sum(1, keepdim=True).rsqrt().clamp(max=1 / EPSILON)
    count = len(rows)
    cosines = (rows @ rows.T) * (1 - torch.eye(count, dtype=rows.dtype, device=rows.device))
    return cosines.abs().sum() / (count * (count - 1))


def _project(weight: Tensor, constraint: AnyConstraint) -> None:
    match constraint:
        case NonNeg():
            weight.clamp_(min=0)
        case UnitNorm(axis=axis):
            weight.div_(EPSILON + _norm(weight, axis))
        case MaxNorm(max_value=most, axis=axis):
            norm = _norm(weight, axis)
            weight.mul_(norm.clamp(0, most) / (EPSILON + norm))
        case MinMaxNorm(min_value=least, max_value=most, rate=rate, axis=axis):
            norm = _norm(weight, axis)
            weight.mul_((rate * norm.clamp(least, most) + (1 - rate) * norm) / (EPSILON + norm))


def _norm(weight: Tensor, axis: int | tuple[int, ...]) -> Tensor:
    return weight.square().sum(axis, keepdim=True).sqrt()
