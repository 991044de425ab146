"""ONNX Runtime sessions: the provider that was asked for, or an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from modelspec.diagnostics import SpecError, listed
from modelspec.tensors import DType, Symbol, TensorType
from modelspec.weights import Array

PROVIDERS: dict[str, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_DTYPES: dict[str, DType] = {
    "tensor(float16)": "float16",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}


class Session:
    """A model loaded on one provider. Nothing moves to another provider unasked."""

    def __init__(
        self,
        model: bytes | Path,
        provider: str = "cpu",
        *,
        name: str = "the model",
        threads: int | None = None,
        tf32: bool = False,
    ) -> None:
        """Load a model from the bytes of its file, or from a file that has its weights beside it; ``name`` is what errors call
        it.

        ``threads`` is the number of threads of one operator; ``tf32`` lets CUDA round the inputs of products to 10 bits of
        mantissa. Raises SpecError: MS702 without ONNX Runtime, MS804 for a provider that is not there, MS801 for a file
        that is not an ONNX model.
        """
        runtime = _runtime()
        _require(runtime, provider)
        options = runtime.SessionOptions()
        options.log_severity_level = 4  # what goes wrong is raised, and said once
        options.add_session_config_entry("session.load_model_format", "ONNX")  # never ONNX Runtime's own, which is not checked
        if threads is not None:
            options.intra_op_num_threads = threads
        settings: dict[str, str] = {}
        source = str(model) if isinstance(model, Path) else model
        if provider == "cuda":
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
            settings = {"use_tf32": str(int(tf32))}
        try:
            self._session: Any = runtime.InferenceSession(source, options, providers=[(PROVIDERS[provider], settings)])
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            raise _refused(name, provider, error) from error
        active = self._session.get_providers()[0]
        if active != PROVIDERS[provider]:
            raise SpecError.of("MS804", f"{provider} was asked for, but ONNX Runtime runs on {active}", _cuda_hint(provider))
        self.provider = provider
        self.inputs = {item.name: _type(item, name) for item in self._session.get_inputs()}
        """The inputs by name, without the batch dimension."""
        self.batches = {item.name: _fixed(item.shape[0]) for item in self._session.get_inputs()}
        """How many examples each input takes; None for any number."""

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs."""
        return [item.name for item in self._session.get_outputs()]

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Array]) -> list[Array]:
        """Return the named outputs, all of them for None; raises SpecError (MS803) where the model fails on the inputs."""
        try:
            made = self._session.run(outputs, dict(inputs))
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            raise SpecError.of("MS803", f"the model fails on these inputs: {_first_line(error)}") from error
        if any(not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf" for value in made):
            raise SpecError.of("MS803", "an output of the model is not a tensor of numbers")
        return made


def _runtime() -> Any:
    if find_spec("onnxruntime") is None:
        raise SpecError.of(
            "MS702", "ONNX Runtime is not installed here", "pip install 'modelspec-compiler[cpu]', or [gpu] for CUDA"
        )
    import onnxruntime

    return onnxruntime


def _require(runtime: Any, provider: str) -> None:
    available = {name for name, provider_id in PROVIDERS.items() if provider_id in runtime.get_available_providers()}
    if provider not in available:
        found = listed(sorted(available), "and") if available else "no provider"
        raise SpecError.of(
            "MS804",
            f"the provider {provider} is not there: this ONNX Runtime {runtime.__version__} has {found}",
            _cuda_hint(provider),
        )


def _type(item: Any, model: str) -> TensorType:
    """Return an input's type; its first dimension is the batch, and a dimension without a name gets one."""
    if item.type not in _DTYPES or not item.shape:
        message = (
            f'the input "{item.name}" of {model} is {item.type} {item.shape}; {listed(list(_DTYPES))} with a batch are run'
        )
        raise SpecError.of("MS801", message)
    dims = [dim if isinstance(dim, int) else Symbol(str(dim or f"dim{axis}")) for axis, dim in enumerate(item.shape)]
    return TensorType(tuple(dims[1:]), _DTYPES[item.type])


def _fixed(dim: Any) -> int | None:
    return dim if isinstance(dim, int) else None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _refused(name: str, provider: str, error: Exception) -> SpecError:
    reason = _first_line(error)
    if provider == "cuda":
        return SpecError.of("MS804", f"ONNX Runtime cannot run the model on cuda: {reason}", _cuda_hint(provider))
    return SpecError.of("MS801", f"{name} is not a model that ONNX Runtime can load: {reason}")


def _cuda_hint(provider: str) -> str:
    if provider != "cuda":
        return ""
    return "needs an NVIDIA GPU, CUDA, cuDNN and pip install 'modelspec-compiler[gpu]' in place of [cpu]"
