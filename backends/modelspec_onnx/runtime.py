"""ONNX Runtime sessions: the provider that was asked for, or an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from modelspec.diagnostics import SpecError, listed
from modelspec.weights import Array

Provider = Literal["cpu", "cuda"]
PROVIDERS: dict[Provider, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class Session:
    """A model loaded on one provider. Nothing moves to another provider unasked."""

    def __init__(
        self, model: str | Path | bytes, provider: Provider = "cpu", *, threads: int | None = None, tf32: bool = False
    ) -> None:
        """Load a model from a file or from bytes.

        ``threads`` is the number of threads of one operator; ``tf32`` lets CUDA round the inputs of products to 10 bits of
        mantissa. Raises SpecError: MS702 without ONNX Runtime, MS804 for a provider that is not there, MS801 for a file
        that is not an ONNX model.
        """
        runtime = _runtime()
        _require(runtime, provider)
        options = runtime.SessionOptions()
        options.log_severity_level = 3
        if threads is not None:
            options.intra_op_num_threads = threads
        settings: dict[str, str] = {}
        if provider == "cuda":
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
            settings = {"use_tf32": str(int(tf32))}
        source = model if isinstance(model, bytes) else str(model)
        try:
            self._session: Any = runtime.InferenceSession(source, options, providers=[(PROVIDERS[provider], settings)])
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            raise _refused(model, provider, error) from error
        active = self._session.get_providers()[0]
        if active != PROVIDERS[provider]:
            raise SpecError.of("MS804", f"{provider} was asked for, but ONNX Runtime runs on {active}", _cuda_hint(provider))
        self.provider = provider

    @property
    def inputs(self) -> dict[str, tuple[str, list[int | str]]]:
        """The type (``tensor(float)``) and shape of every input; a free dimension is a name."""
        return {item.name: (item.type, item.shape) for item in self._session.get_inputs()}

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs."""
        return [item.name for item in self._session.get_outputs()]

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata of the file."""
        return self._session.get_modelmeta().custom_metadata_map

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Array]) -> list[Array]:
        """Return the named outputs, all of them for None."""
        return self._session.run(outputs, dict(inputs))


def _runtime() -> Any:
    if find_spec("onnxruntime") is None:
        raise SpecError.of("MS702", "ONNX Runtime is not installed here", "pip install 'modelspec-compiler[cpu]', or [gpu] for CUDA")
    import onnxruntime

    return onnxruntime


def _require(runtime: Any, provider: Provider) -> None:
    available = {name for name, provider_id in PROVIDERS.items() if provider_id in runtime.get_available_providers()}
    if provider not in available:
        found = listed(sorted(available), "and") if available else "no provider"
        raise SpecError.of(
            "MS804", f"the provider {provider} is not there: this ONNX Runtime {runtime.__version__} has {found}", _cuda_hint(provider)
        )


def _refused(model: str | Path | bytes, provider: Provider, error: Exception) -> SpecError:
    reason = str(error).splitlines()[0][:300]
    if provider == "cuda":
        return SpecError.of("MS804", f"ONNX Runtime cannot run the model on cuda: {reason}", _cuda_hint(provider))
    name = "the model" if isinstance(model, bytes) else str(model)
    return SpecError.of("MS801", f"{name} is not a model that ONNX Runtime can load: {reason}")


def _cuda_hint(provider: Provider) -> str:
    if provider != "cuda":
        return ""
    return "needs an NVIDIA GPU, CUDA, cuDNN and pip install 'modelspec-compiler[gpu]' in place of [cpu]"
