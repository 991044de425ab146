"""The three steps that users call: load a spec, elaborate it to a graph, compile it with a backend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec import elaboration, plugins
from modelspec.backend import NARROW, Backend, Options, Precision, Refusal, Targeted, target
from modelspec.diagnostics import Diagnostic, SpecError
from modelspec.document import Spec
from modelspec.graph import Graph, Node
from modelspec.loading import load, loads
from modelspec.passes.target import IoLayout, Target
from modelspec.tensors import DType

__all__ = ["compile", "elaborate", "load", "loads", "prepare"]

if TYPE_CHECKING:
    from modelspec.model import Model
    from modelspec.weights import Array, Arrays


def elaborate(spec: Spec | str | Path | Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> Graph:
    """Return the graph of a spec for parameter values; defaults stand for those not given.

    Raises SpecError with every finding.
    """
    return elaboration.elaborate(spec if isinstance(spec, Spec) else load(spec), parameters)


def compile(  # noqa: A001 - the verb of this domain, as in re.compile and torch.compile
    spec: Graph | Spec | str | Path | Mapping[str, Any],
    backend: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    weights: Arrays | str | Path | None = None,
    seed: int = 0,
    io_layout: IoLayout = "spec",
    target: str | None = None,
    dtype: DType | None = None,
    optimize: int = 0,
    precision: Precision = "fp32",
    functions: bool = False,
    calibration: Iterable[Mapping[str, Array]] | None = None,
    keep: Collection[str] = (),
    progress: Callable[[str], object] | None = None,
    after: Callable[[str, Graph], object] | None = None,
) -> Model:
    """Return a native model of a spec.

    ``weights`` are canonical arrays by key or a safetensors file; without them the weights are drawn from ``seed``, the
    same numbers for every backend. ``io_layout`` is the layout of image inputs and outputs. ``dtype`` computes in another
    floating-point type than the spec's. ``optimize`` is a level of ``passes.LEVELS``. ``target`` says what must be able to read
    an ONNX file: ``ort==1.17``, ``opset==17``, ``ir==9``, or several of these with commas between.

    ``functions`` makes repeated blocks functions of the ONNX file, which their calls share.

    ``precision`` is what layers compute in while inputs and outputs stay as the spec has them. int8 needs batches of inputs,
    ``calibration``, folds layers as ``optimize=1`` does, and leaves the layers ``keep`` in fp32.

    ``progress`` is called with a word at each stage, ``after`` with the name of each pass and the graph that it made.

    Raises SpecError for whatever a user can mend; nothing that the backend cannot do is begun.
    """
    engine = plugins.describe(backend)
    quantizes = precision == "int8"
    options = Options(io_layout, target, max(optimize, 1) if quantizes else optimize, precision, functions)
    if refused := [*engine.refuse_options(options), *_unfit(options, calibration, keep)]:
        raise SpecError(Diagnostic("MS704", sentence) for sentence in refused)
    graph = spec if isinstance(spec, Graph) else elaborate(spec, parameters)
    lowered = prepare(graph, engine, options, dtype=dtype, after=after)
    engine = plugins.load(backend)

    from modelspec import weights as canonical
    from modelspec.derived import DerivedArrays

    if progress:
        progress("weights")
    if isinstance(weights, str | Path):
        arrays = canonical.fit(graph, canonical.read(weights), str(weights))
    else:
        arrays = canonical.drawn(graph, seed) if weights is None else canonical.fit(graph, weights)
    if progress:
        progress(backend)
    model = engine.lower(lowered, DerivedArrays(arrays, lowered) if lowered.derived else arrays, options)
    runtime = plugins.runtime(backend)
    if not quantizes or calibration is None or runtime is None:
        return model
    if progress:
        progress("calibration")
    return runtime.quantized(model, calibration, keep)


def _unfit(options: Options, calibration: object, keep: Collection[str]) -> list[str]:
    """Return a sentence for what a precision needs, and for what it does not have."""
    if options.precision == "int8":
        return [] if calibration is not None else ["int8 needs inputs to calibrate on"]
    given = [name for name, it in (("calibration", calibration is not None), ("layers to keep in fp32", bool(keep))) if it]
    return [f"{name} goes with int8, and the precision is {options.precision}" for name in given]


def prepare(
    graph: Graph,
    backend: Backend,
    options: Options,
    *,
    dtype: DType | None = None,
    after: Callable[[str, Graph], object] | None = None,
) -> Graph:
    """Return the graph as a backend lowers it, or raise SpecError (MS703) with every layer that it refuses.

    ``after`` is called with the name of each pass and the graph that it made.
    """
    from modelspec import passes

    wanted = target(backend, options)
    lowered = passes.run(graph, wanted, after=after)
    refusals = [refusal for node in lowered.nodes for refusal in _refusals(node, backend, wanted)]
    refused = {it.node.name for it in refusals}
    if dtype is not None:
        lowered = lowered.with_dtype(dtype)
    if options.precision in NARROW:
        from modelspec.passes.narrow import narrow

        lowered = narrow(lowered, NARROW[options.precision])
    if isinstance(backend, Targeted):
        rest = replace(lowered, nodes=tuple(node for node in lowered.nodes if node.name not in refused)) if refused else lowered
        refusals += backend.beyond(rest, options)
    findings = [
        Diagnostic("MS703", f"{backend.name} cannot do this: {refusal.reason}", refusal.hint).at(
            refusal.node.origin.place, refusal.node.origin.pointer, refusal.node.origin.trail
        )
        for refusal in refusals
    ]
    if findings:
        raise SpecError(findings)
    return lowered


def _refusals(node: Node, backend: Backend, wanted: Target) -> list[Refusal]:
    """Return why a backend cannot lower a node: it has no rule for the layer, or the use of it is beyond its limits."""
    if not wanted.has(node.layer):
        return [Refusal(node, backend.lacks.get(node.layer.kind, f"it has no rule for {node.layer.kind}"))]
    return [
        Refusal(node, limit.reason, limit.hint)
        for limit in backend.limits.get(node.layer.kind, ())
        if limit.applies(node.layer, node)
    ]
