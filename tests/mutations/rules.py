"""Ways to make a rule wrong: other fields, other weights, other operators, or something done before or after."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.geometry import extent, padding_amounts
from mutations.mutation import Wrong

Array = NDArray[Any]
Amounts = tuple[int, int]


def fields(**changed: Any) -> Wrong:
    """Lower the layer, or the function, as if it had other fields."""

    def wrong(right: Any, layer: Any, *place: Any) -> Any:
        return right(layer.model_copy(update=changed), *place)

    return wrong


def weights(**changes: Callable[[Array], Array]) -> Wrong:
    """Lower the layer with other arrays, in Keras's layout, in ONNX or PyTorch."""

    def changed(name: str, array: Array) -> Array:
        return np.ascontiguousarray(changes[name](array)) if name in changes else array

    def wrong(right: Any, layer: Any, place: Any) -> Any:
        if hasattr(place, "weights"):
            return right(layer, replace(place, weights={name: changed(name, it) for name, it in place.weights.items()}))
        site = copy(place)
        site.required = lambda name: changed(name, place.required(name))
        return right(layer, site)

    return wrong


def emitting(change: Callable[[str, list[str], dict[str, Any]], tuple[str, list[str], dict[str, Any]]]) -> Wrong:
    """Emit other operators of ONNX: ``change`` gets one with its inputs and its attributes, and returns another."""

    def wrong(right: Any, layer: Any, place: Any, *rest: Any) -> Any:
        site = copy(place)

        def emit(op: str, inputs: Any, *, step: str = "", unused: Any = (), **attributes: Any) -> str:
            op, given, attributes = change(op, list(inputs), attributes)
            return place.emit(op, given, step=step, unused=unused, **attributes)

        site.emit = emit
        return right(layer, site, *rest)

    return wrong


def attributes(op: str, **changed: Any) -> Wrong:
    """Give an operator of ONNX other attributes: values, or functions of the right ones; None leaves one out."""

    def change(found: str, inputs: list[str], right: dict[str, Any]) -> tuple[str, list[str], dict[str, Any]]:
        if found != op:
            return found, inputs, right
        made = {name: value(right[name]) if callable(value) else value for name, value in changed.items()}
        return found, inputs, {**right, **made}

    return emitting(change)


def halves_exchanged(pads: list[int]) -> list[int]:
    """Return ONNX's ``pads`` with what stands before and after exchanged."""
    middle = len(pads) // 2
    return [*pads[middle:], *pads[:middle]]


def called(function: Callable[..., Any]) -> Any:
    """Return a PyTorch module that calls a function."""
    from torch import nn

    class Called(nn.Module):
        def forward(self, *inputs: Any) -> Any:
            return function(*inputs)

    return Called()


def wrapped(function: Callable[..., Any]) -> Wrong:
    """Call a function in the place of PyTorch's right module: of that, the layer, and its inputs."""

    def wrong(right: Any, layer: Any, *place: Any) -> Any:
        module = right(layer, *place)
        made = called(lambda *inputs: function(module, layer, *inputs))
        made.right = module
        return made

    return wrong


def padded(amounts: Callable[[int, int, Amounts], Amounts], fill: float = 0.0) -> Wrong:
    """Pad PyTorch's windows by other amounts: of the window's size, of what it spans, and of the right amounts."""

    def wrong(right: Any, layer: Any, ctx: Any) -> Any:
        from torch import nn

        from modelspec_torch.lower.windows import border

        if layer.padding == "valid":
            return right(layer, ctx)
        sizes = layer.pool_size if hasattr(layer, "pool_size") else layer.kernel_size
        strides = layer.steps if hasattr(layer, "steps") else layer.strides
        dilations = getattr(layer, "dilation_rate", (1,) * len(sizes))
        pads: list[Amounts] = []
        for n, k, s, d in zip(ctx.spatial, sizes, strides, dilations, strict=True):
            known = padding_amounts(n, k, s, d, layer.padding)
            assert known is not None
            pads.append(amounts(k, extent(k, d), known))
        return nn.Sequential(border(pads, fill), right(layer.model_copy(update={"padding": "valid"}), ctx))

    return wrong


class Assigned:
    """A Keras layer one of whose variables takes other numbers than it is given; None leaves those that Keras drew."""

    def __init__(self, native: Any, name: str, change: Callable[[Array], Array] | None) -> None:
        self._native, self._name, self._change = native, name, change

    def __call__(self, *inputs: Any) -> Any:
        return self._native(*inputs)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._native, name)
        return _Variable(found, self._change) if name == self._name else found


class _Variable:
    def __init__(self, own: Any, change: Callable[[Array], Array] | None) -> None:
        self._own, self._change, self.shape = own, change, own.shape

    def assign(self, array: Array) -> None:
        if self._change is not None:
            self._own.assign(self._change(array))


def assigned(name: str, change: Callable[[Array], Array] | None) -> Wrong:
    """Give a variable of Keras other numbers."""

    def wrong(right: Any, layer: Any, site: Any) -> Any:
        first, *others = right(layer, site)
        return Assigned(first, name, change), *others

    return wrong
