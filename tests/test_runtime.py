"""Sessions of ONNX Runtime: what they take, what they refuse, and what they say of what does not fit."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import modelspec
from modelspec import cli
from modelspec.backend import Tuning
from modelspec.diagnostics import SpecError
from modelspec_onnx import misfits, providers, targets
from modelspec_onnx.runtime import Session

SHARED_OUT = 1e-7
"""How far scores of up to 0.4 may be off, three times their last bit, where threads or batches share the work out otherwise:
not at all where these tests were written."""
NET = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": ["height", 6, 3]}},
    "layers": [
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "name": "scores", "units": 5},
    ],
}


@pytest.fixture(scope="module")
def model() -> bytes:
    return modelspec.compile(NET, "onnx").native.SerializeToString()


def pixels(count: int, height: int = 7) -> np.ndarray[Any, Any]:
    return np.random.default_rng(count).normal(size=(count, height, 6, 3)).astype(np.float32)


def said(call: Callable[[], object]) -> str:
    with pytest.raises(SpecError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    "tuning", [Tuning(), Tuning(threads=1), Tuning(threads=2, inter_threads=2), Tuning(arena_mib=64)], ids=str
)
def test_what_the_cpu_takes_changes_no_number(model: bytes, tuning: Tuning) -> None:
    images = pixels(3)
    (wanted,) = Session(model).run(None, {"image": images})
    session = Session(model, "cpu", tuning)
    (found,) = session.run(None, {"image": images})
    np.testing.assert_allclose(found, wanted, rtol=0, atol=SHARED_OUT)
    assert (session.provider, session.on_cpu) == ("cpu", ())


def test_the_limit_of_the_arena_holds(model: bytes) -> None:
    session = Session(model, "cpu", Tuning(arena_mib=1))
    assert len(session.run(None, {"image": pixels(1)})[0]) == 1
    assert "Available memory" in said(lambda: session.run(None, {"image": pixels(60, 600)}))


@pytest.mark.parametrize("field", sorted({it.name for it in fields(Tuning)} - providers.PROVIDERS["cpu"].takes))
def test_what_the_cpu_lacks_is_refused(model: bytes, field: str) -> None:
    asked: dict[str, Any] = {field: 1 if field == "device_id" else True}
    assert f"MS704 {field} is asked for, which the provider cpu does not have" in said(
        lambda: Session(model, "cpu", Tuning(**asked))
    )


def test_everything_that_is_wrong_with_a_tuning_is_said(model: bytes) -> None:
    text = said(lambda: Session(model, "cpu", Tuning(threads=0, arena_mib=0, tf32=True, cuda_graph=True)))
    assert text.count("MS704") == 4
    assert "threads is 0; it must be at least 1" in text


def test_a_provider_knows_only_fields_of_tunings_and_says_what_it_needs() -> None:
    known = {it.name for it in fields(Tuning)}
    for name, provider in providers.PROVIDERS.items():
        assert provider.takes <= known
        options = provider.options(Tuning(threads=3))
        assert all(isinstance(value, str) for value in options.values()), name
    assert providers.PROVIDERS.keys() == {"cpu", "cuda", "tensorrt", "openvino", "coreml", "directml"}


def test_the_options_of_cuda_are_those_asked_for() -> None:
    asked = Tuning(device_id=1, tf32=True, prefer_nhwc=True, cuda_graph=True, arena_mib=2, fallback=True)
    assert providers.listing("cuda", asked) == [
        (
            "CUDAExecutionProvider",
            {"device_id": "1", "use_tf32": "1", "prefer_nhwc": "1", "enable_cuda_graph": "1", "gpu_mem_limit": "2097152"},
        )
    ]
    assert dict(providers.listing("cuda", Tuning()))["CUDAExecutionProvider"]["use_tf32"] == "0"


def test_tensorrt_leaves_to_cuda_only_what_it_may() -> None:
    assert [kind for kind, _ in providers.listing("tensorrt", Tuning(tf32=True))] == ["TensorrtExecutionProvider"]
    kinds = [kind for kind, _ in providers.listing("tensorrt", Tuning(tf32=True, fallback=True))]
    assert kinds == ["TensorrtExecutionProvider", "CUDAExecutionProvider"]


def test_tf32_that_cannot_be_turned_off_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = SimpleNamespace(get_available_providers=lambda: ["TensorrtExecutionProvider"], __version__="1")
    assert "NVIDIA_TF32_OVERRIDE=0" in said(lambda: providers.chosen(runtime, "tensorrt", Tuning()))
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    assert providers.chosen(runtime, "tensorrt", Tuning()).device == "cuda"


@pytest.mark.parametrize("name", [it for it in providers.PROVIDERS if it not in ("cpu", "tensorrt")])
def test_a_provider_that_is_not_here_is_an_error_with_what_it_needs(model: bytes, name: str) -> None:
    if providers.PROVIDERS[name].kind in onnxruntime.get_available_providers():
        pytest.skip(f"{name} is here")
    text = said(lambda: Session(model, name))
    assert f"MS804 the provider {name} is not there: this ONNX Runtime {onnxruntime.__version__} has cpu" in text
    assert "hint: needs " in text


def test_a_provider_that_nobody_has_is_an_error(model: bytes) -> None:
    assert 'did you mean "cuda"' in said(lambda: Session(model, "cuba"))


class Elsewhere:
    """What ONNX Runtime returns where it silently runs on the CPU."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"]


def test_another_provider_than_asked_for_is_an_error(model: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", Elsewhere)
    monkeypatch.setattr(misfits, "missing_library", lambda *_: "libcudnn.so.9: cannot open shared object file")
    text = said(lambda: Session(model, "cuda"))
    assert "MS804 ONNX Runtime cannot run the model on cuda: it would run on cpu: libcudnn.so.9" in text
    assert "hint: install cuDNN 9: pip install 'onnxruntime-gpu[cuda,cudnn]'" in text


def test_nodes_left_on_the_cpu_are_named(model: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    true = onnxruntime.InferenceSession

    def loaded(source: bytes, options: Any, **_: object) -> Any:
        """Stand in for a CUDA provider that has no layer at all: its nodes are truly placed, on the CPU."""
        if options.get_session_config_entry("session.record_ep_graph_assignment_info") != "1":
            raise AssertionError("nothing is recorded")
        try:
            strict = options.get_session_config_entry("session.disable_cpu_ep_fallback") == "1"
        except RuntimeError:
            strict = False
        if strict:
            raise RuntimeError(f"This session has nodes on the CPU, but {misfits.FALLBACK_REFUSED} by the user.")
        return true(source, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", loaded)
    text = said(lambda: Session(model, "cuda", name="net.onnx"))
    assert 'of the nodes of net.onnx, which would run on the CPU: "' in text
    assert '"conv2d"' in text
    assert "hint: allow it with fallback" in text


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("libcublasLt.so.12: cannot open shared object file: No such file or directory", "install CUDA 12"),
        ("libcudnn.so.9: cannot open shared object file", "install cuDNN 9"),
        ("libnvinfer.so.10: cannot open shared object file", "install TensorRT 10"),
        ("libcuda.so.1: cannot open shared object file", "install NVIDIA's driver"),
        ("Error loading cudnn64_9.dll", "install cuDNN 9"),
        ("CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version", "install a newer driver"),
        ("CUDA failure 100: no CUDA-capable device is detected", "CUDA_VISIBLE_DEVICES"),
        ("CUDA failure 101: invalid device ordinal", "nvidia-smi -L"),
        ("something else", "needs a GPU"),
    ],
)
def test_what_is_missing_is_said_with_what_to_install(reason: str, hint: str) -> None:
    (finding,) = misfits.of_provider("cuda", reason, "a GPU").diagnostics
    assert hint in finding.hint
    assert reason in finding.message


@pytest.mark.parametrize(
    ("field", "number", "words", "hint"),
    [
        ("ir_version", 99, "version 99 of ONNX's format", "install the newest onnxruntime"),
        ("opset", 99, "operator set 99", "install the newest onnxruntime"),
    ],
)
def test_models_of_the_future_are_told_from_broken_ones(model: bytes, field: str, number: int, words: str, hint: str) -> None:
    newer = onnx.ModelProto.FromString(model)
    if field == "opset":
        newer.opset_import[0].version = number
    else:
        newer.ir_version = number
    text = said(lambda: Session(newer.SerializeToString(), name="new.onnx"))
    assert (
        f"MS801 new.onnx is not a model that ONNX Runtime {onnxruntime.__version__} can load: it is written in {words}" in text
    )
    assert hint in text


@pytest.mark.parametrize(
    ("number", "version"), [(18, "1.14"), (20, "1.17"), (21, "1.18"), (22, "1.21"), (24, "1.24"), (28, "1.32")]
)
def test_the_version_that_reads_an_operator_set_is_named(number: int, version: str) -> None:
    error = RuntimeError(f"ONNX Runtime only *guarantees* ... Opset {number} is under development and support is limited")
    (finding,) = misfits.of_model("m.onnx", error, "1.0").diagnostics
    assert f"pip install 'onnxruntime>={version}'" in finding.hint


def test_this_version_reads_what_the_tables_say(model: bytes) -> None:
    most = targets.RELEASES[str(targets.parse(f"ort=={onnxruntime.__version__}")[0].row)]
    newer = onnx.ModelProto()
    newer.CopyFrom(
        onnx.parser.parse_model(
            f'<ir_version: {most.ir}, opset_import: ["" : {most.opset}]> g (float[b] x) => (float[b] y) {{ y = Identity(x) }}'
        )
    )
    assert Session(newer.SerializeToString()).outputs == ["y"]


@pytest.fixture
def both_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    true = importlib.metadata.version
    monkeypatch.setattr(misfits, "version", lambda name: "1.32.0" if name == "onnxruntime-gpu" else true(name))
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.32.0" if name == "onnxruntime-gpu" else true(name))


def test_mixed_wheels_are_told(both_wheels: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert misfits.mixed() == ["onnxruntime", "onnxruntime-gpu"]
    (finding,) = misfits.of_provider("cuda", "libcudnn.so.9: cannot open", "a GPU").diagnostics
    assert finding.hint.startswith("onnxruntime and onnxruntime-gpu overwrite one another: pip uninstall")
    assert cli.main(["backends"]) == 0
    assert "onnxruntime and onnxruntime-gpu overwrite one another" in capsys.readouterr().out


def test_one_wheel_is_not_mixed(capsys: pytest.CaptureFixture[str]) -> None:
    assert misfits.mixed() == []
    assert cli.main(["backends"]) == 0
    out = capsys.readouterr().out
    assert "overwrite" not in out
    assert f"onnxruntime {onnxruntime.__version__}" in out


def test_bound_runs_give_what_runs_give_in_the_same_memory(model: bytes) -> None:
    session = Session(model)
    bound = session.bound({"image": (2, 7, 6, 3)})
    first, second = pixels(2), pixels(2) + 1
    found = bound.run({"image": first})["scores"]
    address, values = found.ctypes.data, found.copy()
    np.testing.assert_array_equal(values, session.run(None, {"image": first})[0])
    again = bound.run({"image": second})["scores"]
    assert again.ctypes.data == address
    np.testing.assert_array_equal(again, session.run(None, {"image": second})[0])
    bound.inputs["image"][...] = first
    np.testing.assert_array_equal(bound.run()["scores"], values)


def test_bound_runs_refuse_other_shapes_and_types(model: bytes) -> None:
    session = Session(model)
    bound = session.bound({"image": (2, 7, 6, 3)})
    assert "[2, 7, 6, 3] is bound" in said(lambda: bound.run({"image": pixels(3)}))
    assert "is float64" in said(lambda: bound.run({"image": pixels(2).astype(np.float64)}))
    assert "the model takes" in said(lambda: session.bound({"image": (2, 7, 5, 3)}))
    assert 'the input "image" is missing' in said(lambda: session.bound({}))
    assert 'no input "picture"' in said(lambda: session.bound({"picture": (1,), "image": (1, 7, 6, 3)}))


@pytest.mark.parametrize(("count", "size"), [(7, 3), (6, 3), (2, 3), (1, 1)])
def test_many_inputs_run_in_batches(model: bytes, count: int, size: int) -> None:
    session, images, shown = Session(model), pixels(count), list[tuple[float, str]]()
    session.warm_up({"image": images[:1]})
    parts = list(session.in_batches({"image": images}, size, lambda *it: shown.append(it)))
    assert [len(part["scores"]) for part in parts] == [min(size, count - at) for at in range(0, count, size)]
    np.testing.assert_allclose(
        np.concatenate([it["scores"] for it in parts]), session.run(None, {"image": images})[0], rtol=0, atol=SHARED_OUT
    )
    assert shown[-1] == (1.0, f"{count} of {count}")


def test_batches_refuse_what_does_not_fit(model: bytes) -> None:
    assert "MS803" in said(lambda: list(Session(model).in_batches({"image": pixels(2)[..., :2]}, 2)))
