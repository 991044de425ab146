"""What a rule knows besides its layer: the name, the data type and the types of what goes in and out."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from modelspec.tensors import TensorType

Chain = tuple[Callable[..., Any], ...]
"""Keras layers to apply one after another; the first holds the weights, where there are any."""


class Common(TypedDict):
    """The arguments that every Keras layer takes."""

    name: str
    dtype: str
    trainable: bool


@dataclass(frozen=True)
class Site:
    """Where a layer stands in the Keras model."""

    name: str
    trainable: bool
    input_types: tuple[TensorType, ...]
    output: TensorType
    taken: Set[str]
    """The names of the inputs and of every node's layer."""

    @property
    def common(self) -> Common:
        """The arguments that every Keras layer takes."""
        return {"name": self.name, "dtype": self.output.dtype, "trainable": self.trainable}

    def beside(self, suffix: str) -> Site:
        """Return the site of one more layer for the same node, named ``<name>.<suffix>``."""
        name = f"{self.name}.{suffix}"
        while name in self.taken:
            name += "_"
        return replace(self, name=name)
