"""ONNX Runtime sessions: the provider that was asked for, or an error."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from modelspec.backend import PLAIN, Tuning
from modelspec.diagnostics import SpecError, listed
from modelspec.model import named_inputs
from modelspec.tensors import DType, Symbol, TensorType
from modelspec.weights import Array, Arrays
from modelspec_onnx import misfits, providers
from modelspec_onnx.messages import ELEMENT_TYPE
from modelspec_onnx.misfits import first_line

_DTYPES: dict[str, DType] = {
    "tensor(float16)": "float16",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}
MAX_NAMED = 8
"""How many of the layers on the CPU an error names."""
Progress = Callable[[float, str], object]
"""Called with the share of the work that is done, and how much that is."""


class Session:
    """A model loaded on one provider. Nothing moves to another provider unasked."""

    def __init__(
        self,
        model: bytes | Path,
        provider: str = "cpu",
        tuning: Tuning = PLAIN,
        *,
        name: str = "the model",
        weights: Arrays | None = None,
    ) -> None:
        """Load a model from the bytes of its file, or from a file that has its weights beside it; ``name`` is what errors call
        it. ``weights`` has the tensors that the bytes say lie elsewhere, by name.

        Raises SpecError: MS702 without ONNX Runtime, MS704 for a tuning that the provider does not have, MS804 for a provider
        that is not there or lacks layers, MS801 for a file that is not an ONNX model.
        """
        runtime = installed()
        self._place = providers.chosen(runtime, provider, tuning)
        self._runtime: Any = runtime
        self.provider, self.tuning, self.name = provider, tuning, name
        self._weights = {it: _value(runtime, array) for it, array in (weights or {}).items()}
        """Tensors that ONNX Runtime reads where they are, for as long as the session is there."""
        self._session: Any = self._opened(model)
        self._session.disable_fallback()  # what fails later fails, and is not begun anew on the CPU
        self.placement = _placement(self._session) if provider != "cpu" else None
        """The names of the nodes by the provider that runs them; None for the CPU, which runs all of them, and where this ONNX
        Runtime, older than 1.24, does not tell."""
        self.inputs = {item.name: _type(item, name) for item in self._session.get_inputs()}
        """The inputs by name, without the batch dimension."""
        self.batches = {item.name: _fixed(item.shape[0]) for item in self._session.get_inputs()}
        """How many examples each input takes; None for any number."""
        self._graphs = 0

    def _opened(self, model: bytes | Path) -> Any:
        source = str(model) if isinstance(model, Path) else model
        said = _with_libraries(self._runtime, self._place)
        try:
            session = _load(self._runtime, source, self.provider, self.tuning, self._weights)
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            if misfits.FALLBACK_REFUSED in str(error):
                raise self._left_on_cpu(source) from error
            if self.provider == "cpu" or misfits.is_of_model(error):
                raise misfits.of_model(self.name, error, self._runtime.__version__) from error
            raise misfits.of_provider(self.provider, first_line(error), self._place.needs) from error
        active = session.get_providers()[0]
        if active != self._place.kind:
            why = self._why() or said
            reason = f"it would run on {providers.name_of(active)}{': ' if why else ''}{why}"
            raise misfits.of_provider(self.provider, reason, self._place.needs)
        return session

    def _why(self) -> str:
        """Return why a provider did not start, as far as the system tells."""
        kind = self._place.kind.removesuffix("ExecutionProvider").lower()
        return misfits.missing_library(Path(self._runtime.__file__).parent / "capi", kind)

    def _left_on_cpu(self, source: str | bytes) -> SpecError:
        """Return the error for a provider that lacks layers; they are found by loading the model with leave to use the CPU."""
        loaded = _load(self._runtime, source, self.provider, replace(self.tuning, fallback=True), self._weights)
        names = (_placement(loaded) or {}).get("cpu", ())
        which = f"{len(names)} of the nodes" if names else "some of the nodes (ONNX Runtime 1.24 and newer name them)"
        shown = listed([f'"{it}"' for it in names[:MAX_NAMED]] + ["..."] * (len(names) > MAX_NAMED), "and") if names else ""
        message = f"{self.provider} lacks {which} of {self.name}, which would run on the CPU{': ' if shown else ''}{shown}"
        return SpecError.of("MS804", message, "allow it with fallback, or run the model on the CPU")

    @property
    def on_cpu(self) -> tuple[str, ...]:
        """The names of the nodes that a provider left on the CPU; for the CPU itself, none is left."""
        return () if self.provider == "cpu" else (self.placement or {}).get("cpu", ())

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs."""
        return [item.name for item in self._session.get_outputs()]

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Array]) -> list[Array]:
        """Return the named outputs, all of them for None; raises SpecError (MS803) where the model fails on the inputs."""
        with _running():
            made = self._session.run(outputs, dict(inputs), self.run_options(None))
        if any(not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf" for value in made):
            raise SpecError.of("MS803", "an output of the model is not a tensor of numbers")
        return made

    def run_options(self, graph: int | None) -> Any:
        """Return ONNX Runtime's options of a run: the number of the CUDA graph that it is captured as, none for None."""
        if not self.tuning.cuda_graph:
            return None
        options = self._runtime.RunOptions()
        options.add_run_config_entry("gpu_graph_id", str(-1 if graph is None else graph))
        return options

    def bound(self, shapes: Mapping[str, Sequence[int]]) -> Bound:
        """Return the session with inputs of fixed shapes, the batch first, and outputs in memory that is allocated once."""
        self._graphs += 1
        return Bound(self, self._session, self._runtime, self._place.device, shapes, self._graphs)

    def warm_up(self, inputs: Mapping[str, Array], runs: int = 3) -> None:
        """Run the model on inputs some times: the first runs allocate, choose kernels and build engines."""
        for _ in range(runs):
            self.run(None, inputs)

    def in_batches(
        self, inputs: Mapping[str, Array], size: int, progress: Progress | None = None
    ) -> Iterator[dict[str, Array]]:
        """Yield the outputs for many inputs, ``size`` at a time and in their order; the arrays may be files mapped to memory.

        ``progress`` is called after each. Raises SpecError (MS803) for inputs that do not fit.
        """
        arrays = named_inputs(self.inputs, inputs)
        count = min((len(array) for array in arrays.values()), default=0)
        full = {name: (size, *array.shape[1:]) for name, array in arrays.items()}
        bound = self.bound(full) if count >= 2 * size else None
        for start in range(0, count, size):
            part = {name: np.ascontiguousarray(array[start : start + size]) for name, array in arrays.items()}
            if bound and count - start >= size:
                made = {name: value.copy() for name, value in bound.run(part).items()}
            else:
                made = dict(zip(self.outputs, self.run(None, part), strict=True))
            yield made
            if progress:
                done = min(count, start + size)
                progress(done / count, f"{done} of {count}")


class Bound:
    """A session whose inputs and outputs stay where they are: runs of one shape allocate nothing for them, and CUDA graphs need
    their addresses."""

    def __init__(
        self, owner: Session, session: Any, runtime: Any, device: str, shapes: Mapping[str, Sequence[int]], graph: int
    ) -> None:
        """Allocate; the first run, on zeros, tells the shapes of the outputs. Raises SpecError (MS803) for shapes that do not
        fit."""
        kinds = {name: kind.array_dtype for name, kind in owner.inputs.items()}
        zeros = {name: np.zeros(tuple(shape), kinds.get(name, "float32")) for name, shape in shapes.items()}
        self.inputs: Arrays = named_inputs(owner.inputs, zeros)
        """What ``run`` reads: arrays that may be filled in place."""
        self._outputs = dict(zip(owner.outputs, owner.run(None, self.inputs), strict=True))
        self._session, self._options = session, owner.run_options(graph)
        self._binding: Any = session.io_binding()
        self._there: dict[str, Any] = {}
        self._made: dict[str, Any] = {}
        for side, arrays, values in (("input", self.inputs, self._there), ("output", self._outputs, self._made)):
            bind = getattr(self._binding, f"bind_{side}")
            for name, array in arrays.items():
                where = array.ctypes.data
                if device != "cpu":
                    shape, at = list(array.shape), owner.tuning.device_id
                    values[name] = runtime.OrtValue.ortvalue_from_shape_and_type(shape, array.dtype, device, at)
                    where = values[name].data_ptr()
                bind(name, device, owner.tuning.device_id, array.dtype.type, list(array.shape), where)
        self._owner = owner

    def run(self, inputs: Mapping[str, Array] | None = None) -> dict[str, Array]:
        """Return the outputs by name, in arrays that the next run writes again; without ``inputs`` those that stand in
        ``self.inputs`` are read. Raises SpecError (MS803)."""
        if inputs is not None:
            for name, array in named_inputs(self._owner.inputs, inputs).items():
                if array.shape != self.inputs[name].shape:
                    message = f'the input "{name}" has the shape {list(array.shape)}; {list(self.inputs[name].shape)} is bound'
                    raise SpecError.of("MS803", message)
                np.copyto(self.inputs[name], array, casting="no")
        with _running():
            for name, value in self._there.items():
                value.update_inplace(self.inputs[name])
            self._session.run_with_iobinding(self._binding, self._options)
        for name, value in self._made.items():
            np.copyto(self._outputs[name], value.numpy(), casting="no")
        return self._outputs


@contextlib.contextmanager
def _running() -> Iterator[None]:
    """Turn what ONNX Runtime raises into SpecError (MS803): the model fails on its inputs."""
    try:
        yield
    except Exception as error:  # ONNX Runtime's exceptions have no common base but this
        raise SpecError.of("MS803", f"the model fails on these inputs: {first_line(error)}") from error


def installed() -> Any:
    """Return the module of ONNX Runtime, or raise SpecError (MS702)."""
    if find_spec("onnxruntime") is None:
        raise SpecError.of(
            "MS702", "ONNX Runtime is not installed here", "pip install 'modelspec-compiler[cpu]', or [gpu] for CUDA"
        )
    import onnxruntime

    if broken := misfits.without_wheel(hasattr(onnxruntime, "InferenceSession")):
        raise broken
    return onnxruntime


def _with_libraries(runtime: Any, place: providers.Provider) -> str:
    """Load the CUDA that pip installs, where this ONNX Runtime can, and return what that says."""
    if place.device != "cuda" or not hasattr(runtime, "preload_dlls"):
        return ""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runtime.preload_dlls()
    return " ".join(said.getvalue().split())[:300]


def _value(runtime: Any, array: Array) -> Any:
    """Return an array as ONNX Runtime's own, without a copy. NumPy has no bfloat16, whose bytes are taken as they are."""
    if array.dtype.name == "bfloat16":
        return runtime.OrtValue.ortvalue_from_numpy_with_onnx_type(array.view(np.uint16), ELEMENT_TYPE["bfloat16"])
    return runtime.OrtValue.ortvalue_from_numpy(array)


def _load(runtime: Any, source: str | bytes, provider: str, tuning: Tuning, weights: Mapping[str, Any]) -> Any:
    place, options = providers.PROVIDERS[provider], runtime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, and said once
    options.add_session_config_entry("session.load_model_format", "ONNX")  # never ONNX Runtime's own, which is not checked
    options.add_session_config_entry("session.x64quantprecision", "1")  # without VNNI, sums of products of int8 would saturate
    if tuning.threads is not None:
        options.intra_op_num_threads = tuning.threads
    if tuning.inter_threads is not None:
        options.execution_mode = runtime.ExecutionMode.ORT_PARALLEL
        options.inter_op_num_threads = tuning.inter_threads
    if provider == "cpu" and tuning.arena_mib is not None:
        _limit_arena(runtime, tuning.arena_mib)
        options.add_session_config_entry("session.use_env_allocators", "1")
    options.enable_mem_pattern = place.keeps_patterns
    if weights:
        options.add_external_initializers(list(weights), list(weights.values()))
    if provider != "cpu":
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        if not tuning.fallback:
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    return runtime.InferenceSession(source, options, providers=providers.listing(provider, tuning), enable_fallback=0)


def _limit_arena(runtime: Any, mib: int) -> None:
    """Make the allocator of the sessions that are limited from now on: ONNX Runtime has one for all of them."""
    memory = runtime.OrtMemoryInfo("Cpu", runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, runtime.OrtMemType.DEFAULT)
    arena = runtime.OrtArenaCfg({"max_mem": mib << 20, "arena_extend_strategy": 1})
    runtime.create_and_register_allocator(memory, arena)


def _placement(session: Any) -> dict[str, tuple[str, ...]] | None:
    if not hasattr(session, "get_provider_graph_assignment_info"):
        return None
    found: dict[str, list[str]] = {}
    for part in session.get_provider_graph_assignment_info():
        found.setdefault(providers.name_of(part.ep_name), []).extend(node.name or node.op_type for node in part.get_nodes())
    return {name: tuple(nodes) for name, nodes in found.items()}


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
