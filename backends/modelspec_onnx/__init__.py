"""The ONNX backend: a graph to an ONNX model of standard operators, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from modelspec.backend import PLAIN, Inexact, Limits, Options, Refusal, Session, Tuning
from modelspec.diagnostics import SpecError
from modelspec.layers import LAYERS, PARTS, Kinds
from modelspec.tensors import DataFormat
from modelspec_onnx.limits import INEXACT, LACKS, LIMITS
from modelspec_onnx.misfits import WHEELS
from modelspec_onnx.providers import PROVIDERS
from modelspec_onnx.targets import FUNCTIONS_SINCE, Target, numbers, parse

if TYPE_CHECKING:
    from pathlib import Path

    from modelspec.graph import Graph
    from modelspec.layers.base import Layer
    from modelspec.model import Model
    from modelspec.weights import Array, Arrays

LEVELS = range(3)
"""The levels of optimisation; the last is ONNX Runtime's work."""


class OnnxBackend:
    """Emits ONNX directly: no framework is asked, and channels stand first throughout."""

    name = "onnx"
    suffix = ".onnx"
    requires = {"numpy": "numpy", "safetensors": "safetensors", "onnx": "onnx"}
    runs_with = {"onnxruntime": "onnxruntime", "PIL": "pillow"}
    wheels = {"onnxruntime": WHEELS}
    providers: Mapping[str, Collection[str]] = {name: it.takes for name, it in PROVIDERS.items()}
    ways: Collection[str] = ("openvino",)
    extra = "modelspec-compiler[cpu]"
    data_format: DataFormat = "channels_first"
    takes: Collection[str] = ()

    @property
    def layers(self) -> Collection[type[Layer]]:
        """The layers that it lowers itself."""
        return Kinds(LAYERS, PARTS, without=LACKS)

    @property
    def lacks(self) -> Mapping[str, str]:
        """Why it has no rule for the others."""
        return LACKS

    @property
    def limits(self) -> Limits:
        """The uses of its layers that it refuses."""
        return LIMITS

    @property
    def inexact(self) -> Inexact:
        """What it computes less exactly than float64 allows."""
        return INEXACT

    def refuse_options(self, options: Options) -> list[str]:
        """Return a sentence for whatever cannot be in a target, or not with the rest, and for a level that there is not."""
        target, refused = parse(options.target)
        refused += target.conflicts(bfloat16=options.precision == "bf16")
        if options.optimize not in LEVELS:
            refused.append(f"optimize is {options.optimize}; the onnx backend has {LEVELS[0]} to {LEVELS[-1]}")
        elif options.optimize == LEVELS[-1] and target.ort:
            refused.append(f"-O{LEVELS[-1]} writes for the ONNX Runtime that is installed here, and no other: leave ort== out")
        if options.optimize == LEVELS[-1] and options.precision == "int8":
            refused.append(f"int8 goes up to -O1: its quantizer does not know the operators that -O{LEVELS[-1]} makes")
        refused += _without_functions(options, target) if options.functions else []
        return refused

    def beyond(self, graph: Graph, options: Options) -> list[Refusal]:
        """Return what the target cannot express."""
        from modelspec_onnx.reach import beyond

        return beyond(graph, parse(options.target)[0])

    def lower(self, graph: Graph, weights: Arrays, options: Options) -> Model:
        """Return an OnnxModel; its ``native`` is a ModelProto."""
        from modelspec_onnx.lowering import lower
        from modelspec_onnx.model import OnnxModel
        from modelspec_onnx.reach import has_bfloat16

        versions = parse(options.target)[0].versions(bfloat16=has_bfloat16(graph))
        lowered = lower(graph, weights, versions, functions=options.functions)
        if options.optimize < LEVELS[-1]:
            return OnnxModel(lowered)
        from modelspec_onnx.optimized import OptimizedModel

        return OptimizedModel(lowered)

    def take_weights(self, graph: Graph, path: str | Path) -> Arrays:
        """ONNX models are not trained; their weights are those that they were compiled with."""
        raise SpecError.of("MS601", f"weights cannot be taken from {path}", "compile takes them from a .safetensors file")

    def open(self, model: bytes, provider: str, name: str, tuning: Tuning = PLAIN, beside: Path | None = None) -> Session:
        """Return an ONNX Runtime session on a provider, or raise SpecError (MS704, MS801, MS804, MS807)."""
        from modelspec_onnx import runtime, untrusted

        content, weights = untrusted.checked(model, name, beside)
        return runtime.Session(content, provider, tuning, name=name, weights=weights)

    def session(self, model: Model, provider: str, name: str, tuning: Tuning = PLAIN) -> Session:
        """Return an ONNX Runtime session of a model that ``lower`` made, or raise SpecError (MS704, MS804)."""
        from modelspec_onnx.model import OnnxModel

        assert isinstance(model, OnnxModel)
        return model.on(provider, tuning).session(name)

    def repeated(self, model: Model, way: str = "") -> Callable[[Arrays], object]:
        """Return what runs a model: ONNX Runtime on the CPU, or ``openvino``, OpenVINO's own runtime."""
        from modelspec_onnx.model import OnnxModel

        assert isinstance(model, OnnxModel)
        if way == "openvino":
            from modelspec_onnx.openvino import repeated

            return repeated(model)
        session = model.session()
        return lambda inputs: session.run(None, inputs)

    def on(self, model: Model, provider: str, tuning: Tuning) -> Model:
        """Return a model that ``lower`` made as one that runs on a provider; it raises SpecError (MS804) where that is not."""
        from modelspec_onnx.model import OnnxModel

        assert isinstance(model, OnnxModel)
        return model.on(provider, tuning)

    def quantized(self, model: Model, batches: Iterable[Mapping[str, Array]], keep: Collection[str]) -> Model:
        """Return a model that ``lower`` made in 8-bit integers; it raises SpecError (MS702, MS704)."""
        from modelspec_onnx.model import OnnxModel
        from modelspec_onnx.quantization import quantized

        assert isinstance(model, OnnxModel)
        return model.replaced(quantized(model.native, batches, keep))


def _without_functions(options: Options, target: Target) -> list[str]:
    """Return a sentence for whatever functions do not go with."""
    refused: list[str] = []
    if options.optimize == LEVELS[-1]:
        refused.append(f"-O{LEVELS[-1]} writes what ONNX Runtime makes of a model, which has no functions: leave functions out")
    if options.precision == "int8":
        refused.append("int8 finds a scale for each layer, and looks into no functions: leave functions out")
    if target.ort and target.ort < numbers(FUNCTIONS_SINCE):
        refused.append(f"ONNX Runtime {FUNCTIONS_SINCE} is the first that runs functions with attributes: leave functions out")
    return refused


backend = OnnxBackend()
