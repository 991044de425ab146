"""Gradients of a module by its canonical weights, and steps of plain gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from modelspec.backend import Step
from modelspec.weights import Array, Arrays
from modelspec_torch.axes import restore
from modelspec_torch.model import TorchModel
from modelspec_torch.names import state_entries
from modelspec_torch.penalties import constrain, penalty

Tensors = Mapping[str, Tensor]
Gradients = dict[str, Tensor | None]
"""By the names of what was asked for; None where the loss does not depend on it."""


def trained(model: TorchModel) -> dict[str, Tensor]:
    """Return the parameters that PyTorch trains, by canonical key."""
    parameters = {name: tensor for name, tensor in model.native.named_parameters() if tensor.requires_grad}
    entries = state_entries(model.graph)
    return {entry.bound.key: parameters[name] for name, entry in entries.items() if name in parameters}


def differentiate(
    model: TorchModel, inputs: Tensors, loss: Callable[[Tensors], Tensor], by: Tensors, *, training: bool
) -> tuple[Tensor, Gradients]:
    """Return a loss of the outputs, and its gradients by some of the inputs and the parameters."""
    made = model.native.train(training)(*[inputs[name] for name in model.graph.inputs])
    total = loss(made if isinstance(made, dict) else {next(iter(model.graph.outputs)): made})
    if not by or not total.requires_grad:
        return total, dict.fromkeys(by)
    return total, dict(zip(by, torch.autograd.grad(total, list(by.values()), allow_unused=True), strict=True))


def canonical(model: TorchModel, gradients: Gradients) -> dict[str, Array]:
    """Return gradients by parameters as canonical arrays by key; zeros where there is none."""
    entries = {entry.bound.key: entry for entry in state_entries(model.graph).values()}

    def made(key: str, gradient: Tensor | None) -> Array:
        shape = entries[key].bound.weight.shape
        return np.zeros(shape) if gradient is None else restore(gradient.numpy(force=True), entries[key].torch.axes, shape)

    return {key: made(key, gradient) for key, gradient in gradients.items()}


def train_step(model: TorchModel, inputs: Arrays, targets: Arrays, rate: Callable[[Step], float]) -> Step:
    """Change a model by one step of plain gradient descent, as ``modelspec.backend.Trainer`` defines it."""
    parameters = trained(model)
    given = {name: torch.from_numpy(array) for name, array in inputs.items()}

    def loss(outputs: Tensors) -> Tensor:
        distances = [_distance(outputs[name], wanted) for name, wanted in targets.items()]
        return sum(distances, penalty(model.native))

    total, gradients = differentiate(model, given, loss, parameters, training=True)
    step = Step(total.item(), canonical(model, gradients))
    pace = rate(step)
    with torch.no_grad():
        for key, parameter in parameters.items():
            gradient = gradients[key]
            if gradient is not None:
                parameter.sub_(pace * gradient)
    constrain(model.native)
    return step


def _distance(made: Tensor, wanted: Array) -> Tensor:
    """Return the L2 norm of the difference, the mean over the examples."""
    return (made - torch.from_numpy(wanted)).flatten(1).square().sum(1).sqrt().mean()
