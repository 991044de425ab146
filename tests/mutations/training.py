"""Training: what running statistics are, what is trained, and what a loss and a step are made of."""

from __future__ import annotations

from typing import Any

from modelspec.layers import activations
from modelspec.layers.core import Dense
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.recurrent import LSTM
from mutations.mutation import Json, Mutation, spec
from mutations.rules import fields

MOMENTUM = "BatchNormalization's momentum: Keras's is the share that stays, PyTorch's the share that comes in."
VARIANCE = "The running variance of BatchNormalization: over the count in Keras; over the count less 1 in PyTorch."
FROZEN = "A frozen BatchNormalization: Keras's also normalizes by its running statistics; PyTorch's goes on by the batch's."
TRAINABLE = "trainable: a field of Keras's layers; a new parameter of PyTorch is trained."
BIASES = "Two biases that are added: in PyTorch a step moves their sum twice as far as Keras's one."
PENALTY = "Penalties on weights: part of the loss in Keras; PyTorch's optimizers have weight_decay, which is no loss."
CONSTRAINT = "Constraints on weights: applied after each step in Keras; PyTorch has none."
STEP = "The gradient of step: none in Keras and PyTorch, 0 here; a straight-through one is a common trick."

FIRST: Json = {"type": "Dense", "name": "first", "units": 5}
NORM: Json = {"type": "BatchNormalization", "name": "norm"}


def unbiased(right: Any, layer: Any, ctx: Any) -> Any:
    """Keep the variance that PyTorch's operator leaves."""
    module = right(layer, ctx)

    def forward(x: Any) -> Any:
        if not module.training:
            return type(module).forward(module, x)
        old = module.running_var.clone()
        made = type(module).forward(module, x)
        count = x.numel() // module.size
        new = module.running_var - module.momentum * old
        module.running_var.copy_(module.momentum * old + new * count / (count - 1))
        return made

    module.forward = forward
    return module


def not_frozen(right: Any, layer: Any, ctx: Any) -> Any:
    """Normalize by the batch in training."""
    module = right(layer, ctx)
    module.frozen = False
    return module


def trained(right: Any, layer: Any, ctx: Any) -> Any:
    """Train what is not to be trained."""
    return right(layer, ctx).requires_grad_()


def twice(right: Any, layer: Any, ctx: Any) -> Any:
    """Double the gradient of the bias, as two of them would have it."""
    module = right(layer, ctx)
    module.bias.register_hook(lambda gradient: 2 * gradient)
    return module


def without_rules(right: Any, layer: Any, ctx: Any) -> Any:
    """Leave out penalties and constraints."""
    module = right(layer, ctx)
    if hasattr(module, "weight_rules"):
        del module.weight_rules
    return module


def straight_through(right: Any, function: Any) -> Any:
    """Give the step the gradient of its input."""
    from torch import nn

    step = right(function)

    class Straight(nn.Module):
        def forward(self, x: Any) -> Any:
            return x + (step(x) - x).detach()

    return Straight()


MUTATIONS = (
    Mutation(
        id="training-momentum",
        row=MOMENTUM,
        wrong="0.01 for the share that stays, which the spec says is 0.99",
        backend="torch",
        of=(BatchNormalization,),
        rule=fields(momentum=0.01),
        document=spec(FIRST, NORM, shape=(4,)),
        layer="norm",
        trained="weight",
    ),
    Mutation(
        id="training-variance",
        row=VARIANCE,
        wrong="the variance over the count less 1",
        backend="torch",
        of=(BatchNormalization,),
        rule=unbiased,
        document=spec(FIRST, NORM, shape=(4,)),
        layer="norm",
        trained="weight",
    ),
    Mutation(
        id="training-frozen",
        row=FROZEN,
        wrong="the batch's statistics",
        backend="torch",
        of=(BatchNormalization,),
        rule=not_frozen,
        document=spec(FIRST, {**NORM, "trainable": False}, shape=(4,)),
        layer="",
        trained="loss",
    ),
    Mutation(
        id="training-trainable",
        row=TRAINABLE,
        wrong="a layer trained that the spec says is not",
        backend="torch",
        of=(Dense,),
        rule=trained,
        document=spec(FIRST, {"type": "Dense", "name": "fixed", "units": 3, "trainable": False}, shape=(4,)),
        layer="fixed",
        trained="gradient",
    ),
    Mutation(
        id="training-biases",
        row=BIASES,
        wrong="the bias moved twice as far",
        backend="torch",
        of=(LSTM,),
        rule=twice,
        document=spec(FIRST, {"type": "LSTM", "name": "lstm", "units": 3}, shape=(5, 3)),
        layer="lstm",
        trained="gradient",
    ),
    Mutation(
        id="training-penalty",
        row=PENALTY,
        wrong="no penalty",
        backend="torch",
        of=(Dense,),
        rule=without_rules,
        document=spec(FIRST, {"type": "Dense", "name": "penalized", "units": 3, "kernel_regularizer": "l2"}, shape=(4,)),
        layer="",
        trained="loss",
    ),
    Mutation(
        id="training-constraint",
        row=CONSTRAINT,
        wrong="no constraint",
        backend="torch",
        of=(Dense,),
        rule=without_rules,
        document=spec(FIRST, {"type": "Dense", "name": "bounded", "units": 3, "kernel_constraint": "unit_norm"}, shape=(4,)),
        layer="bounded",
        trained="weight",
    ),
    Mutation(
        id="training-step",
        row=STEP,
        wrong="the gradient of its input",
        backend="torch",
        of=(activations.Step,),
        rule=straight_through,
        document=spec(
            FIRST,
            {"type": "Activation", "name": "step", "activation": {"type": "step", "value_at_zero": 0.5}},
            {"type": "Dense", "name": "scores", "units": 3},
            shape=(4,),
        ),
        layer="first",
        trained="gradient",
    ),
)
