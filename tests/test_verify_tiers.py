"""``modelspec verify`` in float16, in bfloat16 and on CUDA: all are held to float64, and what cannot run is never equal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import require
from nets import net

import modelspec
from modelspec import SpecError
from modelspec.cli import main
from modelspec.tensors import DType
from modelspec.verify import Verification, Verifier, gates, jobs, reports, tiers
from modelspec.verify.probes import probes, revealing_weights

HALVES = ("float16", "bfloat16")
BACKENDS = ("keras", "torch", "onnx")
SMALL = net(
    {"type": "Rescaling", "scale": "${1 / 255}"},
    {"type": "Conv2D", "filters": 6, "kernel_size": 3, "padding": "same", "name": "conv"},
    {"type": "BatchNormalization"},
    {"type": "ReLU"},
    {"type": "MaxPooling2D"},
    {"type": "SeparableConv2D", "filters": 8, "kernel_size": 3},
    {"type": "LayerNormalization"},
    {"type": "GlobalAveragePooling2D"},
    {"type": "Dense", "units": 5, "activation": "softmax"},
)


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    """Processes that the tests of this file share."""
    for name in BACKENDS:
        require(name)
    with Verifier(BACKENDS) as made:
        yield made


@pytest.fixture(scope="module")
def found(verifier: Verifier) -> Verification:
    """The small network in both narrow types."""
    return verifier.verify(modelspec.elaborate(SMALL), tiers=tiers.chosen(HALVES, "cpu"))


@pytest.mark.parametrize("dtype", HALVES)
def test_a_spec_does_not_take_a_narrow_type(dtype: str) -> None:
    declared = {**SMALL, "inputs": {"x": {"shape": [8, 8, 3], "dtype": dtype}}}
    computed = {
        **SMALL,
        "parameters": {"kind": {"type": "string", "default": dtype}},
        "inputs": {"x": {"shape": [8, 8, 3], "dtype": "${kind}"}},
    }
    for document in (declared, computed):
        with pytest.raises(SpecError, match=f'MS203 dtype is "{dtype}"; it must be'):
            modelspec.elaborate(document)


@pytest.mark.parametrize("dtype", HALVES)
def test_a_graph_has_every_float_in_the_narrow_type(dtype: DType) -> None:
    graph = modelspec.elaborate(SMALL).with_dtype(dtype)
    graph.check()
    assert {kind.dtype for kind in graph.types.values()} == {dtype}


@pytest.mark.parametrize("dtype", HALVES)
def test_onnx_holds_weights_in_the_narrow_type(dtype: DType) -> None:
    import ml_dtypes
    import onnx
    from onnx import numpy_helper

    graph = modelspec.elaborate(SMALL)
    weights = revealing_weights(graph, 0)
    model = modelspec.compile(graph, "onnx", weights=weights, dtype=dtype).native
    onnx.checker.check_model(model, full_check=True)
    (kernel,) = [it for it in model.graph.initializer if it.name == "conv/kernel"]
    wanted = weights["conv/kernel"].transpose(3, 2, 0, 1).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    assert kernel.data_type == onnx.TensorProto.DataType.Value(dtype.upper())
    assert kernel.raw_data == wanted.tobytes()
    assert numpy_helper.to_array(kernel).tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    ("backend", "dtype"),
    [("keras", "float16"), ("torch", "float16"), ("onnx", "float16"), ("keras", "bfloat16"), ("torch", "bfloat16")],
)
def test_backends_compute_in_the_narrow_type(backend: str, dtype: str, verifier: Verifier, tmp_path: Path) -> None:
    graph = modelspec.elaborate(SMALL)
    (probe, *_) = batches = probes(graph, 0)
    made = verifier.workers[backend].call(
        jobs.measure, graph, backend, revealing_weights(graph, 0), batches, dtype, str(tmp_path)
    )
    for file in made[probe.name].files.values():
        array = np.load(file)
        if dtype == "float16":
            assert array.dtype == np.float16
        else:
            assert array.dtype == np.float32
            assert not (array.view(np.uint32) & 0xFFFF).any(), "a value that bfloat16 does not have"


@pytest.mark.parametrize("dtype", HALVES)
def test_narrow_types_are_held_to_float64(dtype: str, found: Verification) -> None:
    for layer in found.layers:
        for name, deviation in layer.deviations[dtype].items():
            assert deviation.passes, f"{layer.name} of {name}: {deviation}"
            assert not layer.is_output or deviation.bound <= gates.ROUNDING_CAP[tiers.TIERS[dtype].precision]
    assert found.layers[1].deviations[dtype]["torch"].error > 1e-5, "float32 would be nearer to float64"


def test_what_onnx_runtime_lacks_is_skipped_and_not_equal(found: Verification, verifier: Verifier) -> None:
    (onnx,) = [it for it in found.backends if it.name == "onnx"]
    assert onnx.status == "compared"
    assert list(onnx.skipped_tiers) == ["bfloat16"]
    assert "NOT_IMPLEMENTED" in onnx.skipped_tiers["bfloat16"]
    assert all(list(layer.deviations["bfloat16"]) == ["keras", "torch"] for layer in found.layers)
    assert not found.is_equal
    assert found.missing == ("onnx:bfloat16",)
    assert "bfloat16 against float64: skipped: MS801" in reports.text(found)


@pytest.mark.parametrize(
    ("allowed", "equal"),
    [("onnx", True), ("onnx:bfloat16", True), ("onnx:float16", False), ("bfloat16", False), ("torch:bfloat16", False)],
)
def test_a_skipped_tier_is_equal_where_it_is_allowed_alone(allowed: str, equal: bool, verifier: Verifier) -> None:
    spec = net({"type": "Dense", "units": 3})
    found = verifier.verify(modelspec.elaborate(spec), tiers=tiers.chosen(["bfloat16"], "cpu"), allowed=[allowed])
    assert found.is_equal == equal


def _round_to_three_bits(backend: str) -> None:
    """Make PyTorch's weights ones of float8 in float16, and leave its other types as they are."""
    import torch

    from modelspec_torch.lower.context import Context

    right = Context._tensor

    def wrong(self: Any, name: str, axes: str) -> Any:
        tensor = right(self, name, axes)
        return tensor.to(torch.float8_e4m3fn).to(torch.float16) if tensor.dtype == torch.float16 else tensor

    Context._tensor = wrong  # pyright: ignore[reportAttributeAccessIssue]


def _wrong_torch(backend: str) -> None:
    if backend == "torch":
        _round_to_three_bits(backend)


def test_rounding_to_fewer_digits_than_the_type_has_is_caught() -> None:
    for name in ("torch", "onnx"):
        require(name)
    with Verifier(["torch", "onnx"], setup=_wrong_torch) as wrong:
        found = wrong.verify(modelspec.elaborate(SMALL), tiers=tiers.chosen(["float32", "float16"], "cpu"))
    assert not found.is_equal
    assert found.divergence is not None
    assert (found.divergence.tier, found.divergence.layer, found.divergence.odd) == ("float16", "conv", ("torch",))
    assert all(it.passes for layer in found.layers for tier in tiers.DEFAULT for it in layer.deviations[tier].values())


def test_bounds_of_narrow_types_are_capped_at_outputs() -> None:
    for precision, cap in gates.ROUNDING_CAP.items():
        assert gates.rounding_bound([1.0], precision, is_output=True) == cap
        assert gates.rounding_bound([], precision, is_output=True) == cap
        assert gates.rounding_bound([cap / 4], precision, is_output=False) > cap / 4


def test_tiers_follow_from_the_types_and_the_provider() -> None:
    assert tiers.chosen(["float32"], "cpu") == tiers.DEFAULT
    assert tiers.chosen(["bfloat16", "float16"], "cpu") == ("semantics", "float16", "bfloat16")
    assert tiers.chosen(["float32"], "cuda") == (*tiers.DEFAULT, "cuda", "cuda-tf32")
    assert (tiers.TIERS["cuda"].precision, tiers.TIERS["cuda-tf32"].precision) == ("float32", "tf32")


def test_cuda_that_is_not_there_is_skipped_and_not_equal(verifier: Verifier) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA: tests/test_gpu.py")
    graph, wanted = modelspec.elaborate(net({"type": "Dense", "units": 3})), tiers.chosen(["float32"], "cuda")
    found = verifier.verify(graph, tiers=wanted)
    (onnx,) = [it for it in found.backends if it.name == "onnx"]
    assert list(onnx.skipped_tiers) == ["cuda", "cuda-tf32"]
    assert all(reason.startswith("MS804 ") for reason in onnx.skipped_tiers.values())
    assert found.missing == ("onnx:cuda", "onnx:cuda-tf32")
    assert not found.is_equal
    assert all(list(layer.deviations) == ["semantics", "rounding"] for layer in found.layers)


def test_a_provider_that_no_backend_runs_on_is_refused() -> None:
    with (
        Verifier(["keras", "torch"]) as others,
        pytest.raises(SpecError, match=r"MS704 none of keras, torch .* cuda") as caught,
    ):
        others.verify(modelspec.elaborate(SMALL), tiers=tiers.chosen(["float32"], "cuda"))
    assert caught.value.diagnostics[0].hint == "onnx of --backends can"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "dense.json"
    spec.write_text(json.dumps(net({"type": "Dense", "units": 3})))
    arguments = ["verify", str(spec), "--backends", "torch,onnx", "--dtype", "float16,bfloat16", "--dtype", "float32"]
    assert main(arguments) == 1
    assert "not compared: onnx:bfloat16 (--allow-skipped onnx:bfloat16 accepts that)" in capsys.readouterr().out
    assert main([*arguments, "--allow-skipped", "onnx:bfloat16"]) == 0
    out = capsys.readouterr().out
    for line in ("float32 against float64", "float16 against float64", "onnx, bfloat16 against float64: skipped: "):
        assert line in out


def test_an_unknown_type_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "xception", "--dtype", "float8"]) == 2
    assert '--dtype is "float8"' in capsys.readouterr().err
