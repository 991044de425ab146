"""The types of oracles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.layers.base import Layer

Doubles = NDArray[np.float64]
Weights = Mapping[str, Doubles]
Function = Callable[[Any, list[Doubles], Weights], Doubles]
"""What a layer makes of its inputs, with its weights by their own names."""
Oracle = Mapping[type[Layer], Function]
Mutations = Mapping[str, tuple[str, type | str, Any]]
"""By a description: the id of the case that must see it, a layer or activation class (or the dotted name of a function in this
package), and what stands in its place."""
