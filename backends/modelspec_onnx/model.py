"""A compiled ONNX model: a ModelProto that runs on ONNX Runtime, or on ONNX's reference evaluator in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx

from modelspec import files
from modelspec.graph import Graph
from modelspec.model import Model
from modelspec.weights import Array, Arrays
from modelspec_onnx.emitter import dtype_of
from modelspec_onnx.runtime import Session

if TYPE_CHECKING:
    from onnx.reference import ReferenceEvaluator


class OnnxModel(Model):
    """``native`` is an ``onnx.ModelProto``."""

    native: onnx.ModelProto

    def __init__(
        self,
        graph: Graph,
        native: onnx.ModelProto,
        weights: Arrays,
        tensors: Mapping[str, str],
        provider: str = "cpu",
        *,
        tf32: bool = False,
    ) -> None:
        super().__init__(graph, native)
        self._weights, self._tensors = weights, tensors
        self._provider, self._tf32 = provider, tf32
        self._runners: dict[tuple[str, ...], Session | ReferenceEvaluator] = {}

    def on(self, provider: str, *, tf32: bool) -> OnnxModel:
        """Return the model as one that ONNX Runtime runs on a provider; ``tf32`` lets CUDA round the factors of products."""
        return OnnxModel(self.graph, self.native, self._weights, self._tensors, provider, tf32=tf32)

    def run(self, inputs: Mapping[str, Array], values: Sequence[str]) -> list[Array]:
        wanted = tuple(dict.fromkeys(values))
        if wanted not in self._runners:
            self._runners[wanted] = self._runner(wanted)
        given = {name: array.astype(dtype_of(self.graph.inputs[name].dtype), copy=False) for name, array in inputs.items()}
        arrays: Any = self._runners[wanted].run([self._tensors[name] for name in wanted], given)
        made: dict[str, Array] = dict(zip(wanted, arrays, strict=True))
        return [made[name] for name in values]

    def _runner(self, values: tuple[str, ...]) -> Session | ReferenceEvaluator:
        """Return what runs the model with ``values`` as its outputs. ONNX Runtime has no float64 convolution on the CPU."""
        probe = onnx.ModelProto()
        probe.CopyFrom(self.native)
        del probe.graph.output[:]
        types = self.graph.types
        probe.graph.output.extend(onnx.ValueInfoProto(name=self._tensors[value]) for value in values)
        if any(types[value].dtype == "float64" for value in values):
            from modelspec_onnx.reference import evaluator

            return evaluator(probe)
        return Session(probe.SerializeToString(), self._provider, tf32=self._tf32)

    def weights(self) -> Arrays:
        return dict(self._weights)

    def save(self, path: str | Path) -> list[Path]:
        return [files.write(path, self.native.SerializeToString(deterministic=True))]
