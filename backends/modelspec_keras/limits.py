"""What Keras cannot do, with the reason; read without Keras."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.backend import Limits
from modelspec.layers.base import Layer

LACKS: Mapping[type[Layer], str] = {}
"""The layers that ``lower.RULES`` has no rule for."""

LIMITS: Limits = {}
"""The uses of the others that are refused."""
