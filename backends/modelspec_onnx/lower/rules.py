"""What a rule is: a function from a layer and its place to what the backend makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelspec.layers.base import Layer
from modelspec_onnx.emitter import Site

Rule = Callable[[Any, Site], object]
Rules = Mapping[type[Layer], Rule]
"""The rules of one family of layers; the file has the name of the family's in ``modelspec.layers``."""
