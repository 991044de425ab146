"""ONNX Runtime's CUDA provider against its CPU provider. Runs where a GPU is."""

from __future__ import annotations

import numpy as np
import pytest
from gates import ROUNDING_CAP, distance, images, random_weights

import modelspec
from modelspec.backend import Tuning
from modelspec.diagnostics import SpecError


def _missing() -> str:
    """Why there is no GPU to test on; empty where there is one."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return f"this ONNX Runtime {onnxruntime.__version__} has no CUDA provider (onnxruntime-gpu has one)"
    return ""


@pytest.mark.gpu
@pytest.mark.parametrize(("spec", "size"), [("xception", 180), ("xception_imagenet", 299)])
def test_cuda_gives_what_the_cpu_gives(spec: str, size: int) -> None:
    if reason := _missing():
        pytest.skip(reason)
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
    if reason := _missing():
        pytest.skip(reason)
    from modelspec.verify import Verifier, tiers

    graph = modelspec.elaborate("xception", {"input_shape": [71, 71, 3]})
    with Verifier(["torch", "onnx"], provider="cuda") as verifier:
        found = verifier.verify(graph, tiers=tiers.chosen(["float32"], "cuda"))
    assert not found.missing
    assert found.is_equal, found.divergence
    (exact, tf32) = (max(it.deviations[tier]["onnx"].error for it in found.layers) for tier in ("cuda", "cuda-tf32"))
    assert exact < tf32, "TF32 rounds the factors of products"


@pytest.mark.gpu
def test_bound_runs_and_cuda_graphs_give_what_runs_give() -> None:
    if reason := _missing():
        pytest.skip(reason)
    from modelspec_onnx.runtime import Session

    model = modelspec.compile("xception", "onnx", parameters={"input_shape": [71, 71, 3]}).native.SerializeToString()
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
    if reason := _missing():
        pytest.skip(reason)
    import onnx

    from modelspec_onnx.runtime import Session

    text = '<ir_version: 9, opset_import: ["" : 17]> g (float[b] x) => (float[b] y) { y = Det(x) }'
    model = onnx.parser.parse_model(text.replace("float[b] x", "float[b, 2, 2] x"))
    model.graph.node[0].name = "determinant"
    with pytest.raises(SpecError, match='would run on the CPU: "determinant"'):
        Session(model.SerializeToString(), "cuda")
    session = Session(model.SerializeToString(), "cuda", Tuning(fallback=True))
    assert session.on_cpu == ("determinant",)
