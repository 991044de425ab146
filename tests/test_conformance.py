"""Every layer on every backend, against the oracle.

The gates are those of docs: float64 within 1e-10 of the oracle; float32 within three times the worst error that another
backend makes natively, plus 1e-6, and never beyond 1e-4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args

import numpy as np
import oracle
import pytest
from case import Case
from cases import CASES
from numpy.typing import NDArray
from workers import BACKENDS, Worker, WorkerError, Workers

from modelspec import plugins
from modelspec.diagnostics import SpecError
from modelspec.layers import LAYERS, activations
from modelspec.layers.base import Layer
from modelspec.layers.initializers import NAMED, AnyInitializer
from modelspec.verify.gates import ROUNDING_CAP, SEMANTICS, names_of

Array = NDArray[Any]
Measure = Callable[[Case, str, str], dict[str, Array]]

FLOAT32_CAP = ROUNDING_CAP["float32"]
REFUSED: dict[tuple[str, str], str] = {
    **{(f"{kind}-softplus", "onnx"): "infinite above 88" for kind in ("SimpleRNN", "GRU", "LSTM")},
    ("AdaptiveAveragePooling2D-free-two", "keras"): "adaptive pooling needs known ones",
    ("AdaptiveAveragePooling2D-free-two", "onnx"): "ONNX has no adaptive pooling",
    **{
        (f"AdaptiveMaxPooling{case}", "keras"): "whatever stood in memory"
        for case in ("1D-of-one-pixel", "2D-of-one-pixel", "3D-of-one-pixel", "2D-partly-one", "3D-partly-one")
    },
    ("AdaptiveMaxPooling1D-free-two", "keras"): "adaptive pooling needs known ones",
    ("AdaptiveMaxPooling1D-free-two", "onnx"): "ONNX has no adaptive pooling",
    **{
        (f"Conv{case}", "keras"): "no dilated transposed convolution"
        for case in ("1DTranspose-dilated", "1DTranspose-dilated-same", "2DTranspose-dilated", "2DTranspose-dilated-same")
    },
    **{
        (f"{kind}-same-unread-padded", "keras"): "3D windows begin with the second element"
        for kind in ("AveragePooling3D", "Conv3D", "MaxPooling3D")
    },
    ("GroupQueryAttention-heads-of-one-free", "keras"): "adds the bias along the positions",
    ("MultiHeadAttention-heads-of-one-as-positions", "keras"): "adds the bias along the positions",
    ("Conv3DTranspose-dilated", "keras"): "no dilated transposed convolution",
    ("Resizing-free-crop", "onnx"): "a size is unknown until run time",
    ("Resizing-free-crop", "torch"): "a size is unknown until run time",
    ("BatchNormalization-synchronized", "torch"): "unbiased moving variance",
    ("TimeDistributed-adapted", "keras"): "Keras loses the weights",
    ("TimeDistributed-rms-axis1", "keras"): "Keras loses the weights",
    ("TimeDistributed-separable-first", "keras"): "channels_first, which TensorFlow",
}
"""Cases that a backend refuses, and words of its reason."""

BY_ID = {case.id: case for case in CASES}
ON_EVERY_BACKEND = [pytest.param(case, backend, id=f"{case.id}[{backend}]") for case in CASES for backend in BACKENDS]

NOT_REFUSED = [item for item in ON_EVERY_BACKEND if (item.values[0].id, item.values[1]) not in REFUSED]


@pytest.fixture(scope="session")
def measure(workers: Workers) -> Measure:
    """``measure(case, backend, dtype)``: outputs and weights, each case compiled and run once a session."""

    @cache
    def measured(case: Case, backend: str, dtype: str) -> dict[str, Array]:
        return workers.on(backend).run(
            case.document,
            weights=None if case.initial else case.weights(case.graph),
            inputs=_in(dtype, case.inputs()),
            dtype=dtype,
            what=("outputs", "weights"),
        )

    return measured


@pytest.mark.parametrize(("case", "backend"), ON_EVERY_BACKEND)
def test_float64(case: Case, backend: str, on: Callable[[str], Worker], measure: Measure) -> None:
    on(backend)
    if reason := REFUSED.get((case.id, backend)):
        with pytest.raises(WorkerError, match=reason) as caught:
            measure(case, backend, "float64")
        assert caught.value.codes == ("MS703",)
        return
    graph = case.graph
    weights = case.weights(graph)
    found = measure(case, backend, "float64")
    for name, wanted in oracle.outputs(graph, case.inputs(), weights).items():
        agree(found[f"outputs/{name}"], wanted, _gate(case, backend))
    for key, array in weights.items():
        np.testing.assert_array_equal(found[f"weights/{key}"], array, f"{key} does not come back as it went in", strict=False)


@pytest.mark.parametrize(("case", "backend"), NOT_REFUSED)
def test_float32(case: Case, backend: str, on: Callable[[str], Worker], measure: Measure) -> None:
    on(backend)
    graph = case.graph
    exact = oracle.outputs(graph, case.inputs(), case.weights(graph))
    found = measure(case, backend, "float32")
    others = [errors for other in BACKENDS if other != backend and (errors := _native_errors(measure, case, other))]
    for name, wanted in exact.items():
        output = found[f"outputs/{name}"]
        assert output.dtype.name == graph.output_types[name].dtype
        error = relative_l2(output, wanted)
        bound = min(FLOAT32_CAP, 3 * max(errors[name] for errors in others) + 1e-6) if others else FLOAT32_CAP
        assert error <= bound, f"{name} is off by {error:.3g} (relative L2); at most {bound:.3g}"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case_id", ["Conv2D-same-stride2-even", "Conv2D-first-same-stride2-even", "Chain-two-outputs"])
@pytest.mark.parametrize("io_layout", ["channels_first", "channels_last"])
def test_io_layout(case_id: str, backend: str, io_layout: str, on: Callable[[str], Worker]) -> None:
    case = BY_ID[case_id]
    graph, inputs = case.graph, case.inputs()
    weights = case.weights(graph)
    layer_format = graph.nodes[0].layer.model_dump()["data_format"]

    def moved(array: Array) -> Array:
        if layer_format == io_layout or array.ndim < 4:
            return array
        return np.moveaxis(array, 3, 1) if io_layout == "channels_first" else np.moveaxis(array, 1, 3)

    given = {name: moved(array) for name, array in _in("float64", inputs).items()}
    found = on(backend).run(case.document, weights=weights, inputs=given, dtype="float64", io_layout=io_layout)
    for name, wanted in oracle.outputs(graph, inputs, weights).items():
        agree(found[name], moved(wanted))


@pytest.mark.parametrize("backend", BACKENDS)
def test_intermediates(backend: str, on: Callable[[str], Worker]) -> None:
    case = BY_ID["Chain-conv-batchnorm-relu-pool"]
    graph, inputs = case.graph, case.inputs()
    weights = case.weights(graph)
    given = _in("float64", inputs)
    found = on(backend).run(case.document, weights=weights, inputs=given, dtype="float64", what="intermediates")
    wanted = oracle.evaluate(graph, inputs, weights)
    assert {node.value for node in graph.nodes} <= found.keys()
    for node in graph.nodes:
        agree(found[node.value], wanted[node.value])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_worker_tells_what_was_raised_in_it(backend: str, on: Callable[[str], Worker]) -> None:
    case = BY_ID["Dense-rank2"]
    with pytest.raises(WorkerError) as caught:
        on(backend).run(case.document, inputs={"x0": np.zeros((2, 8), np.float32)})
    assert (caught.value.kind, caught.value.codes) == ("SpecError", ("MS803",))


def test_every_layer_has_an_oracle_and_a_case() -> None:
    used = {type(node.layer) for case in CASES for node in case.graph.nodes}
    assert set(LAYERS.values()) == used == oracle.ORACLE.keys()


def test_every_activation_has_an_oracle_and_cases_alone_and_fused() -> None:
    alone, fused = set[type](), set[type]()
    for node in (node for case in CASES for node in case.graph.nodes):
        activation = getattr(node.layer, "activation", None)
        (alone if node.layer.kind == "Activation" else fused).add(type(activation))
    every = set(get_args(activations.AnyActivation))
    assert every == oracle.activations.ACTIVATIONS.keys() == alone
    assert every - {activations.Glu} <= fused, "glu halves an axis, which no layer's own activation may"


@pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.__name__)
def test_every_field_has_a_case(layer: type[Layer]) -> None:
    given = {name for case in CASES for step in case.layers if step["type"] == layer.__name__ for name in step}
    unused = {"data_format"} if layer.__name__ in {"Concatenate"} else set()
    frozen = {"trainable"} if layer.__name__ not in {"Conv2D", "BatchNormalization"} else set()
    training = {name for name in layer.model_fields if name.endswith(("_regularizer", "_constraint"))}
    assert layer.model_fields.keys() - unused - frozen - training <= given


def test_every_initializer_has_a_case() -> None:
    text = str([case.document for case in CASES if case.initial])
    short = {value["type"] for name, value in NAMED.items() if f"'{name}'" in text}
    assert {kind.__name__ for kind in get_args(AnyInitializer)} <= short | {
        kind.__name__ for kind in get_args(AnyInitializer) if f"'{kind.__name__}'" in text
    }
    assert [name for name in NAMED if f"'{name}'" not in text] == []


def test_case_ids_are_unique() -> None:
    assert len(BY_ID) == len(CASES)


@pytest.mark.parametrize("name", oracle.MUTATIONS)
def test_the_gate_catches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, target, wrong = oracle.MUTATIONS[name]
    case = BY_ID[case_id]
    graph, inputs = case.graph, case.inputs()
    weights = case.weights(graph)
    right = oracle.outputs(graph, inputs, weights)
    if isinstance(target, str):
        monkeypatch.setattr(f"oracle.{target}", wrong)
    else:
        monkeypatch.setitem(oracle.ORACLE if target in oracle.ORACLE else oracle.activations.ACTIVATIONS, target, wrong)
    mutated = oracle.outputs(graph, inputs, weights)
    with pytest.raises(AssertionError):
        agree(mutated["layer"], right["layer"])
    assert relative_l2(mutated["layer"], right["layer"]) > FLOAT32_CAP


def agree(found: Array, wanted: Array, gate: float = SEMANTICS) -> None:
    """Assert equal shapes, and a largest difference of at most ``gate`` times the largest value."""
    assert found.shape == wanted.shape
    assert np.isfinite(found).all()
    largest = np.abs(wanted).max(initial=0.0)
    off = np.abs(found.astype(np.float64) - wanted).max(initial=0.0)
    assert off <= gate * largest + 1e-300, f"off by {off / (largest or 1.0):.3g} of the largest value; at most {gate:.3g}"


def relative_l2(found: Array, wanted: Array) -> float:
    """Return the L2 norm of the difference over that of what is wanted; infinite where shapes differ."""
    if found.shape != wanted.shape:
        return float("inf")
    norm = float(np.linalg.norm(wanted))
    off = float(np.linalg.norm(found.astype(np.float64) - wanted))
    return off / norm if norm else off


def _in(dtype: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.astype(dtype) if array.dtype.kind == "f" else array for name, array in inputs.items()}


def _gate(case: Case, backend: str) -> float:
    used = {name for node in case.graph.nodes for name in names_of(node.layer)}
    inexact = plugins.describe(backend).inexact
    return max([SEMANTICS, *(bound for name, (bound, _) in inexact.items() if name in used)])


def _native_errors(measure: Measure, case: Case, backend: str) -> dict[str, float] | None:
    """Return a backend's own float32 error by output; None where it is not installed or fails, which its own tests tell."""
    try:
        plugins.load(backend)
        coarse, fine = measure(case, backend, "float32"), measure(case, backend, "float64")
    except (SpecError, WorkerError):
        return None
    return {
        name.removeprefix("outputs/"): relative_l2(array, fine[name])
        for name, array in coarse.items()
        if name.startswith("outputs/")
    }
