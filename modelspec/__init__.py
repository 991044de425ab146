"""Compile one declarative JSON model spec to Keras, PyTorch and ONNX."""

from modelspec.compiler import compile, elaborate, load
from modelspec.diagnostics import Diagnostic, SpecError
from modelspec.document import Spec
from modelspec.graph import Graph

__version__ = "0.1.0"

__all__ = ["Diagnostic", "Graph", "Spec", "SpecError", "__version__", "compile", "elaborate", "load"]
