"""What does not fit together: models, versions of ONNX Runtime, its wheels, CUDA, cuDNN, TensorRT; and what to install."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from modelspec.diagnostics import SpecError, listed
from modelspec_onnx.targets import RELEASES, oldest

WHEELS = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml")
"""The distributions that are imported as ``onnxruntime``: each overwrites the files of the others."""
FALLBACK_REFUSED = "fallback to CPU EP has been explicitly disabled"
"""What ONNX Runtime says where layers would be left on the CPU."""

_IR = re.compile(r"Unsupported model IR version: (\d+)")
_OPSET = re.compile(r"Opset (\d+) is under development")
_LIBRARY = re.compile(r"lib(\w+)\.so(?:\.(\d+))?|(\w+?)64_(\d+)\.dll")
_FAULTS: Mapping[str, str] = {
    "CUDA driver version is insufficient": "the NVIDIA driver is older than this CUDA: install a newer driver",
    "no CUDA-capable device": "there is no NVIDIA GPU that this process may see: look at nvidia-smi and CUDA_VISIBLE_DEVICES",
    "invalid device ordinal": "there is no GPU of this device_id: nvidia-smi -L lists them",
    "no kernel image is available": "this ONNX Runtime has no code for a GPU of this kind: install a newer onnxruntime-gpu",
    "out of memory": "the GPU has too little memory left: use a smaller batch or arena_mib, or end what else runs on it",
}
"""What to do about faults of CUDA, by what their text holds."""


def is_of_model(error: Exception) -> bool:
    """Return whether an error is the model's, on whatever provider it is loaded."""
    misfit = any(pattern.search(str(error)) for pattern in (_IR, _OPSET))
    return misfit or type(error).__name__ in ("InvalidProtobuf", "InvalidGraph", "NoSuchFile")


def of_model(name: str, error: Exception, here: str) -> SpecError:
    """Return the error for a model that this version of ONNX Runtime cannot load."""
    text = str(error)
    if found := _IR.search(text):
        what, first = f"version {found[1]} of ONNX's format", oldest(ir=int(found[1]))
    elif found := _OPSET.search(text):
        what, first = f"operator set {found[1]}", oldest(opset=int(found[1]))
    else:
        return SpecError.of("MS801", f"{name} is not a model that ONNX Runtime can load: {first_line(error)}")
    newest = f"install the newest onnxruntime: {[*RELEASES][-1]} is the newest known here, and is too old"
    hint = f"pip install 'onnxruntime>={first}'" if first else newest
    return SpecError.of(
        "MS801",
        f"{name} is not a model that ONNX Runtime {here} can load: it is written in {what}",
        f"{hint}; or export the model for an older one",
    )


def of_provider(provider: str, reason: str, needs: str) -> SpecError:
    """Return the error for a provider that does not start; ``reason`` is what is known of why."""
    because = f": {reason}" if reason else ""
    hint = next((it for fault, it in _FAULTS.items() if fault in reason), _library(reason) or f"needs {needs}")
    return SpecError.of("MS804", f"ONNX Runtime cannot run the model on {provider}{because}", _mixed_hint() or hint)


def _library(reason: str) -> str:
    """Return what to install for a library that is missing."""
    for found in _LIBRARY.finditer(reason):
        name, number = found[1] or found[3], found[2] or found[4] or ""
        if name.startswith("cudnn"):
            return f"install cuDNN {number}: pip install 'onnxruntime-gpu[cuda,cudnn]', or NVIDIA's package"
        if name.startswith(("cublas", "cudart", "nvrtc")):
            return f"install CUDA {number}: pip install 'onnxruntime-gpu[cuda,cudnn]', or NVIDIA's package"
        if name.startswith(("cufft", "curand", "nvJitLink")):
            return "install CUDA: pip install 'onnxruntime-gpu[cuda,cudnn]', or NVIDIA's package"
        if name.startswith("nvinfer"):
            return f"install TensorRT {number}, and name the folder of its libraries in LD_LIBRARY_PATH"
        if name == "cuda":
            return "install NVIDIA's driver"
    return ""


def missing_library(folder: Path, provider: str) -> str:
    """Return what the system says of the library of a provider, of which ONNX Runtime tells no Python; empty for nothing."""
    import ctypes  # no other verb needs it

    for name, mode in (("shared", ctypes.RTLD_GLOBAL), (provider, ctypes.DEFAULT_MODE)):
        path = folder / f"libonnxruntime_providers_{name}.so"
        try:
            if path.exists():
                ctypes.CDLL(str(path), mode=mode)
        except OSError as error:
            return str(error)
    return ""


def mixed() -> list[str]:
    """Return the wheels of ONNX Runtime that are installed over one another; none where there is one."""
    here = [name for name in WHEELS if _installed(name)]
    return here if len(here) > 1 else []


def _mixed_hint() -> str:
    if not (found := mixed()):
        return ""
    return f"{listed(found, 'and')} overwrite one another: pip uninstall {' '.join(found)}, and install one of them again"


def _installed(distribution: str) -> bool:
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


def without_wheel(runtime_has_providers: bool) -> SpecError | None:
    """Return the error for an ``onnxruntime`` that has nothing in it: what is left where one of two wheels was uninstalled."""
    if runtime_has_providers:
        return None
    hint = _mixed_hint() or "pip install --force-reinstall onnxruntime, or onnxruntime-gpu"
    return SpecError.of("MS702", "ONNX Runtime is installed in part: its files were overwritten or removed", hint)


def first_line(error: Exception) -> str:
    """Return the first line of what an exception says."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
