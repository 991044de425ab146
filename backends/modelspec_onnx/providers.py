"""ONNX Runtime's providers: what each is called, what it takes of a tuning, and what to install for it.

The options are those of ONNX Runtime's documentation. Only ``cpu`` is measured.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modelspec.backend import Tuning
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean, listed


@dataclass(frozen=True)
class Provider:
    """A place where ONNX Runtime runs models."""

    kind: str
    """What ONNX Runtime calls it."""
    needs: str
    """What it needs, and how to install it."""
    takes: frozenset[str]
    """The fields of a tuning that it has."""
    options: Callable[[Tuning], dict[str, str]] = lambda _: {}
    """ONNX Runtime's options for a tuning."""
    device: str = "cpu"
    """Where its buffers lie, in ONNX Runtime's words."""
    before: tuple[str, ...] = ()
    """The providers that take over what it lacks, before the CPU."""
    keeps_patterns: bool = True
    """Whether it allows memory patterns."""


_ON_CPU = frozenset({"threads", "inter_threads", "arena_mib"})
_CUDA = "an NVIDIA GPU, CUDA, cuDNN and pip install 'modelspec-compiler[gpu]' in place of [cpu]"


def _flag(on: bool) -> str:
    return str(int(on))


def _cuda(tuning: Tuning) -> dict[str, str]:
    limit = {} if tuning.arena_mib is None else {"gpu_mem_limit": str(tuning.arena_mib << 20)}
    return {
        "device_id": str(tuning.device_id),
        "use_tf32": _flag(tuning.tf32),
        "prefer_nhwc": _flag(tuning.prefer_nhwc),
        "enable_cuda_graph": _flag(tuning.cuda_graph),
        **limit,
    }


def _tensorrt(tuning: Tuning) -> dict[str, str]:
    return {
        "device_id": str(tuning.device_id),
        "trt_fp16_enable": _flag(tuning.fp16),
        "trt_cuda_graph_enable": _flag(tuning.cuda_graph),
    }


def _openvino(tuning: Tuning) -> dict[str, str]:
    threads = {} if tuning.threads is None else {"num_of_threads": str(tuning.threads)}
    return {"device_type": "CPU", "precision": "FP16" if tuning.fp16 else "FP32", **threads}


def _coreml(tuning: Tuning) -> dict[str, str]:
    return {"ModelFormat": "MLProgram", "AllowLowPrecisionAccumulationOnGPU": _flag(tuning.fp16)}


PROVIDERS: Mapping[str, Provider] = {
    "cpu": Provider("CPUExecutionProvider", "pip install 'modelspec-compiler[cpu]'", _ON_CPU),
    "cuda": Provider(
        "CUDAExecutionProvider",
        _CUDA,
        frozenset({"device_id", "tf32", "prefer_nhwc", "cuda_graph", "arena_mib", "fallback"}),
        _cuda,
        device="cuda",
    ),
    "tensorrt": Provider(
        "TensorrtExecutionProvider",
        f"TensorRT, {_CUDA}",
        frozenset({"device_id", "fp16", "tf32", "cuda_graph", "fallback"}),
        _tensorrt,
        device="cuda",
        before=("cuda",),
    ),
    "openvino": Provider(
        "OpenVINOExecutionProvider",
        "pip install onnxruntime-openvino in place of onnxruntime",
        frozenset({"threads", "fp16", "fallback"}),
        _openvino,
    ),
    "coreml": Provider(
        "CoreMLExecutionProvider",
        "macOS, and pip install 'modelspec-compiler[cpu]'",
        frozenset({"fp16", "fallback"}),
        _coreml,
    ),
    "directml": Provider(
        "DmlExecutionProvider",
        "Windows, and pip install onnxruntime-directml in place of onnxruntime",
        frozenset({"device_id", "fallback"}),
        lambda tuning: {"device_id": str(tuning.device_id)},
        device="dml",
        keeps_patterns=False,
    ),
}
"""Every provider by its name."""

_INSTEAD: Mapping[str, str] = {
    "fp16": "compile the spec in float16 where it is to be computed in it",
    "tf32": "leave it off: it computes in float32",
    "threads": "the CPU has threads",
    "inter_threads": "the CPU has threads",
    "arena_mib": "cpu and cuda have limits",
    "cuda_graph": "cuda and tensorrt have graphs",
    "prefer_nhwc": "cuda has it",
    "device_id": "it has one device, 0",
    "fallback": "it has every layer",
}
"""What to do where a provider lacks a field of a tuning."""


def chosen(runtime: Any, name: str, tuning: Tuning) -> Provider:
    """Return the provider of a name, or raise SpecError: MS704 with every part of the tuning that it lacks, MS804 where it is
    unknown or not in this ONNX Runtime."""
    provider = PROVIDERS.get(name)
    if provider is None:
        raise SpecError.of("MS804", f'there is no provider "{name}"', did_you_mean(name, PROVIDERS))
    if refused := [*_lacking(name, provider, tuning), *_wrong(name, tuning)]:
        raise SpecError(refused)
    found = runtime.get_available_providers()
    if provider.kind not in found:
        here = listed([it for it, other in PROVIDERS.items() if other.kind in found] or ["none that is known"], "and")
        raise SpecError.of(
            "MS804",
            f"the provider {name} is not there: this ONNX Runtime {runtime.__version__} has {here}",
            f"needs {provider.needs}",
        )
    return provider


def _lacking(name: str, provider: Provider, tuning: Tuning) -> list[Diagnostic]:
    return [
        Diagnostic("MS704", f"{field} is asked for, which the provider {name} does not have", _INSTEAD[field])
        for field in tuning.asked
        if field not in provider.takes
    ]


def _wrong(name: str, tuning: Tuning) -> list[Diagnostic]:
    """Return what is wrong with the values of a tuning."""
    least = {"threads": 1, "inter_threads": 1, "arena_mib": 1, "device_id": 0}
    found = [
        Diagnostic("MS704", f"{field} is {value}; it must be at least {low}")
        for field, low in least.items()
        if (value := getattr(tuning, field)) is not None and value < low
    ]
    if name == "tensorrt" and not tuning.tf32 and os.environ.get("NVIDIA_TF32_OVERRIDE") != "0":
        hint = "ask for tf32, or set NVIDIA_TF32_OVERRIDE=0 before the process starts"
        found.append(
            Diagnostic("MS704", "tf32 is off, but TensorRT has it on and no option of ONNX Runtime's that ends it", hint)
        )
    return found


def listing(name: str, tuning: Tuning) -> list[tuple[str, dict[str, str]]]:
    """Return what ONNX Runtime takes as its providers: the one that is asked for, and those that may stand in for it."""
    names = [name, *(PROVIDERS[name].before if tuning.fallback else ())]
    return [(PROVIDERS[it].kind, PROVIDERS[it].options(tuning)) for it in names]


def name_of(kind: str) -> str:
    """Return the name of a provider of ONNX Runtime's; its own where it has none here."""
    return next((name for name, it in PROVIDERS.items() if it.kind == kind), kind)
