"""Traps of recurrent layers: the order of gates, what is reset, and how many biases there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from modelspec.layers.recurrent import GRU, LSTM, Recurrent
from modelspec.verify.traps.trap import Alone, Trap, Variant
from modelspec.weights import Array


def _cell(it: Alone) -> Recurrent | None:
    """Return the recurrent layer, which may stand inside another."""
    layer = getattr(it.layer, "layer", it.layer)
    return layer if isinstance(layer, Recurrent) else None


def _gated(it: Alone) -> Mapping[str, Array]:
    return {name: array for name, array in it.weights.items() if name.endswith(("kernel", "bias"))}


def _gates(kind: type[Recurrent], *orders: tuple[int, ...]) -> Callable[[Alone], Iterator[Variant]]:
    """Return variants whose gates stand in other orders."""

    def variants(it: Alone) -> Iterator[Variant]:
        cell = _cell(it)
        for order in orders if isinstance(cell, kind) else ():
            yield it.but(weights={name: _ordered(array, order) for name, array in _gated(it).items()})

    return variants


def _ordered(array: Array, order: tuple[int, ...]) -> Array:
    blocks = np.split(array, len(order), axis=-1)
    return np.concatenate([blocks[gate] for gate in order], axis=-1)


def _other_reset(it: Alone) -> Iterator[Variant]:
    """Yield a GRU that resets the state at the other side of its product; the two biases are one where it comes before."""
    layer = it.layer
    if not isinstance(layer, GRU):
        return
    bias = it.weights.get("bias")
    changed: dict[str, Any] = {}
    if bias is not None:
        changed["bias"] = bias.sum(axis=0, dtype=np.float64) if layer.reset_after else np.stack([bias, np.zeros_like(bias)])
    yield it.but(weights=changed, reset_after=not layer.reset_after)


def _twice(it: Alone) -> Iterator[Variant]:
    if _cell(it):
        yield it.but(weights={name: 2 * array for name, array in _gated(it).items() if name.endswith("bias")})


TRAPS: tuple[Trap, ...] = (
    Trap("gates stand in the order input, output, forget, cell of ONNX", _gates(LSTM, (0, 2, 3, 1), (0, 3, 1, 2))),
    Trap("the gates update and reset are exchanged, as PyTorch has them", _gates(GRU, (1, 0, 2))),
    Trap("the state is reset before its product where it should be after it, or the other way round", _other_reset),
    Trap("the bias is added twice, as PyTorch has two", _twice),
)
