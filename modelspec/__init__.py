"""Compile one declarative JSON model spec to Keras, PyTorch and ONNX."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelspec.compiler import compile, elaborate, load
    from modelspec.diagnostics import Diagnostic, SpecError
    from modelspec.document import Spec
    from modelspec.graph import Graph

__version__ = "0.1.0"

__all__ = ["Diagnostic", "Graph", "Spec", "SpecError", "__version__", "compile", "elaborate", "load"]

_HOMES = {
    "Diagnostic": "diagnostics",
    "Graph": "graph",
    "Spec": "document",
    "SpecError": "diagnostics",
    "compile": "compiler",
    "elaborate": "compiler",
    "load": "compiler",
}


def __getattr__(name: str) -> Any:
    """Import what is public when it is asked for: a verb of the command line starts with less than all of it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"modelspec.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
