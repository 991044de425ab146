"""ONNX Runtime's CUDA provider against its CPU provider. Runs where a GPU is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import oracle
import pytest
from case import Case
from cases import CASES
from gates import ROUNDING_CAP, distance, images, random_weights
from test_conformance import REFUSED

import modelspec
from modelspec.backend import Tuning
from modelspec.diagnostics import SpecError
from modelspec.verify import gates
from modelspec.verify.workers import Worker

SMALL = {"input_shape": [71, 71, 3]}


@pytest.fixture(autouse=True)
def a_gpu(request: pytest.FixtureRequest) -> None:
    """Skip a test that is marked ``gpu`` where there is none, with the reason."""
    if request.node.get_closest_marker("gpu") is None:
        return
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip(f"this ONNX Runtime {onnxruntime.__version__} has no CUDA provider (onnxruntime-gpu has one)")


@pytest.mark.gpu
@pytest.mark.parametrize("case", [it for it in CASES if (it.id, "onnx") not in REFUSED], ids=lambda it: it.id)
def test_every_case_agrees_with_the_oracle_on_cuda(case: Case) -> None:
    from modelspec_onnx.runtime import Session

    graph, weights = case.graph, case.weights(case.graph)
    model = modelspec.compile(case.document, "onnx", weights=None if case.initial else weights)
    inputs = case.inputs()
    session = Session(model.native.SerializeToString(), "cuda", Tuning(fallback=True))  # some operators, CUDA has not
    given = {name: array.astype(session.inputs[name].dtype) for name, array in inputs.items()}
    found = dict(zip(session.outputs, session.run(None, given), strict=True))
    for name, wanted in oracle.outputs(graph, inputs, weights).items():
        off = np.linalg.norm(found[name].astype(np.float64) - wanted)
        assert off <= ROUNDING_CAP * np.linalg.norm(wanted), f"{name} is off by {off:.3g}"


@pytest.mark.gpu
@pytest.mark.parametrize(("spec", "size"), [("xception", 180), ("xception_imagenet", 299)])
def test_cuda_gives_what_the_cpu_gives(spec: str, size: int) -> None:
    from modelspec_onnx.runtime import Session

    graph = modelspec.elaborate(spec)
    weights = random_weights(graph, seed=1)
    model = modelspec.compile(graph, "onnx", weights=weights)
    pixels = images((2, size, size, 3), seed=2)
    on_cpu = model(pixels)["predictions"]
    session = Session(model.native.SerializeToString(), "cuda")
    (on_gpu,) = session.run(None, {"image": pixels})
    assert session.provider == "cuda"
    assert distance(on_gpu, on_cpu.astype(np.float64)) <= ROUNDING_CAP


@pytest.mark.gpu
def test_verify_holds_cuda_to_float64() -> None:
    from modelspec.verify import Verifier, tiers

    graph = modelspec.elaborate("xception", SMALL)
    with Verifier(["torch", "onnx"], provider="cuda") as verifier:
        found = verifier.verify(graph, tiers=tiers.chosen(["float32"], "cuda"))
    assert not found.missing
    assert found.is_equal, found.divergence
    (exact, tf32) = (max(it.deviations[tier]["onnx"].error for it in found.layers) for tier in ("cuda", "cuda-tf32"))
    assert exact < tf32, "TF32 rounds the factors of products"


@pytest.mark.gpu
def test_bound_runs_and_cuda_graphs_give_what_runs_give() -> None:
    from modelspec_onnx.runtime import Session

    model = modelspec.compile("xception", "onnx", parameters=SMALL).native.SerializeToString()
    pixels = images((2, 71, 71, 3), seed=2)
    (wanted,) = Session(model, "cuda").run(None, {"image": pixels})
    for tuning in (Tuning(), Tuning(cuda_graph=True), Tuning(prefer_nhwc=True)):
        session = Session(model, "cuda", tuning)
        bound = session.bound({"image": pixels.shape})
        for _ in range(4):  # a graph is captured in the third run, and replayed in the fourth
            found = bound.run({"image": pixels})["predictions"]
        assert distance(found, wanted.astype(np.float64)) <= ROUNDING_CAP, tuning
        assert session.on_cpu == (), "every node is on the GPU"


@pytest.mark.gpu
def test_nodes_that_cuda_lacks_are_named() -> None:
    import onnx

    from modelspec_onnx.runtime import Session

    text = '<ir_version: 9, opset_import: ["" : 17]> g (float[b] x) => (float[b] y) { y = Det(x) }'
    model = onnx.parser.parse_model(text.replace("float[b] x", "float[b, 2, 2] x"))
    model.graph.node[0].name = "determinant"
    with pytest.raises(SpecError, match='would run on the CPU: "determinant"'):
        Session(model.SerializeToString(), "cuda")
    session = Session(model.SerializeToString(), "cuda", Tuning(fallback=True))
    assert session.on_cpu == ("determinant",)


@pytest.mark.gpu
@pytest.mark.parametrize(("spec", "size"), [("xception", 180), ("xception_imagenet", 299)])
@pytest.mark.parametrize("how", ["tf32", "fp16"])
def test_fewer_bits_stay_within_their_gates(spec: str, size: int, how: str) -> None:
    from modelspec_onnx.runtime import Session

    graph = modelspec.elaborate(spec)
    weights, pixels = random_weights(graph, seed=1), images((2, size, size, 3), seed=2)
    exact = modelspec.compile(graph, "onnx", weights=weights)(pixels)["predictions"].astype(np.float64)
    model = modelspec.compile(graph, "onnx", weights=weights, precision="fp16" if how == "fp16" else "fp32")
    session = Session(model.native.SerializeToString(), "cuda", Tuning(tf32=how == "tf32"))
    (found,) = session.run(None, {"image": pixels})
    off = distance(found, exact)
    assert 0 < off <= gates.ROUNDING_CAP["float16" if how == "fp16" else "tf32"]


@pytest.mark.gpu
def test_a_batch_beyond_the_memory_is_an_error_and_not_the_end() -> None:
    from modelspec_onnx.runtime import Session

    model = modelspec.compile("xception", "onnx", parameters=SMALL).native.SerializeToString()
    session = Session(model, "cuda", Tuning(arena_mib=256))
    with pytest.raises(SpecError, match="MS803 the model fails on these inputs"):
        session.run(None, {"image": images((4096, 71, 71, 3), seed=2)})
    assert session.run(None, {"image": images((1, 71, 71, 3), seed=2)})[0].shape == (1, 10)


@pytest.mark.parametrize("provider", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_two_sessions_at_once_give_what_each_gives_alone(provider: str) -> None:
    from modelspec_onnx.runtime import Session

    models = [modelspec.compile("xception", "onnx", parameters=SMALL, seed=seed) for seed in (1, 2)]
    sessions = [Session(it.native.SerializeToString(), provider) for it in models]
    pixels = {"image": images((2, 71, 71, 3), seed=2)}
    alone = [session.run(None, pixels)[0] for session in sessions]
    assert not np.array_equal(*alone)
    with ThreadPoolExecutor(4) as pool:
        begun = [(at, pool.submit(sessions[at].run, None, pixels)) for at in (0, 1) * 4]
        for at, it in begun:
            np.testing.assert_allclose(it.result()[0], alone[at], rtol=1e-6)  # alike but for the order of sums


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("way", "tier"),
    [
        ("cuda", "float32"),
        ("cuda-tf32", "tf32"),
        ("cuda-fp16", "float16"),
        ("cuda-compile", "float32"),
        ("cuda-compile-fp16", "float16"),
    ],
)
def test_what_pytorch_is_timed_at_is_the_model(way: str, tier: gates.Precision) -> None:
    worker = Worker("torch on a GPU", environment={})
    try:
        assert worker.call(off_in_pytorch, way) <= gates.ROUNDING_CAP[tier]
    finally:
        worker.close()


def off_in_pytorch(way: str) -> float:
    """Run in a worker: how far a way to run is from the model on the CPU."""
    from modelspec import plugins
    from modelspec.backend import Repeater

    engine = plugins.load("torch")
    assert isinstance(engine, Repeater)
    pixels = {"image": images((2, 71, 71, 3), seed=2)}
    model = modelspec.compile("xception", "torch", parameters=SMALL)
    exact = model(pixels)["predictions"].astype(np.float64)
    (found,) = engine.repeated(model, way)(pixels)  # pyright: ignore
    return distance(found, exact)
