"""A compiled ONNX model: it runs on ONNX Runtime, or on ONNX's reference evaluator in float64."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec import files
from modelspec.backend import PLAIN, Tuning
from modelspec.diagnostics import SpecError
from modelspec.model import Model
from modelspec.weights import Array, Arrays, reuse_memory
from modelspec_onnx.lowering import Lowered
from modelspec_onnx.messages import dtype_of
from modelspec_onnx.runtime import Session

if TYPE_CHECKING:
    import onnx
    from onnx.reference import ReferenceEvaluator


class OnnxModel(Model):
    """``native`` is an ``onnx.ModelProto``, made as it is asked for; what is done to it counts from then on."""

    _unseen = ("layers inside an ONNX function cannot be looked into", "compile the model without functions")
    """What is said of a value that cannot be asked for, and what to do."""

    def __init__(self, lowered: Lowered, provider: str = "cpu", tuning: Tuning = PLAIN) -> None:
        super().__init__(lowered.graph)
        self._lowered = lowered
        self._provider, self._tuning = provider, tuning
        self._runners: dict[tuple[str, ...], Session | ReferenceEvaluator] = {}

    @cached_property
    def native(self) -> onnx.ModelProto:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The model as ONNX's own message; raises SpecError (MS703) where its weights pass what one holds."""
        import onnx

        if self._lowered.is_large:
            message = "the weights pass the 2 GiB that one ONNX message holds"
            raise SpecError.of("MS703", message, "save the model: its weights come to stand in a file beside it")
        return onnx.ModelProto.FromString(b"".join(self._lowered.chunks()))

    def replaced(self, native: onnx.ModelProto) -> OnnxModel:
        """Return a model that computes what another message says, with the same inputs and outputs."""
        made = OnnxModel(self._lowered, self._provider, self._tuning)
        made.native = native
        return made

    def on(self, provider: str, tuning: Tuning) -> OnnxModel:
        """Return the model as one that ONNX Runtime runs on a provider."""
        return OnnxModel(self._lowered, provider, tuning)

    def run(self, inputs: Mapping[str, Array], values: Sequence[str]) -> list[Array]:
        wanted = tuple(dict.fromkeys(values))
        if not self._lowered.tensors.keys() >= set(wanted):
            raise SpecError.of("MS704", *self._unseen)
        if wanted not in self._runners:
            self._runners[wanted] = self._runner(wanted)
        given = {name: array.astype(dtype_of(self.graph.inputs[name].dtype), copy=False) for name, array in inputs.items()}
        arrays: Any = self._runners[wanted].run([self._lowered.tensors[name] for name in wanted], given)
        made: dict[str, Array] = dict(zip(wanted, arrays, strict=True))
        return [made[name] for name in values]

    def session(self, name: str = "the model", values: Sequence[str] | None = None) -> Session:
        """Return an ONNX Runtime session of the model, with ``values`` as its outputs in place of the graph's; ``name`` is what
        errors call it. Raises SpecError (MS704, MS804)."""
        if not self._lowered.is_large:
            return Session(self._bytes(values), self._provider, self._tuning, name=name)
        with tempfile.TemporaryDirectory() as folder:
            path, _ = self._save_beside(Path(folder) / "model.onnx", values)
            return Session(path, self._provider, self._tuning, name=name)

    def _runner(self, values: tuple[str, ...]) -> Session | ReferenceEvaluator:
        """Return what runs the model with ``values`` as its outputs. ONNX Runtime has no float64 convolution on the CPU."""
        types = self.graph.types
        if any(types[value].dtype == "float64" for value in values):
            from modelspec_onnx.reference import evaluator

            return evaluator(self._bytes(values))
        return self.session(values=values)

    def _bytes(self, values: Sequence[str] | None) -> bytes:
        """Return the bytes of the model, with ``values`` as its outputs in place of the graph's."""
        if "native" not in self.__dict__ and not self._lowered.is_large:
            return b"".join(self._lowered.chunks(values))
        import onnx

        model = onnx.ModelProto()
        model.CopyFrom(self.native)
        if values is not None:
            del model.graph.output[:]
            model.graph.output.extend(onnx.ValueInfoProto(name=self._lowered.tensors[value]) for value in values)
        return model.SerializeToString()

    def weights(self) -> Arrays:
        return dict(self._lowered.weights)

    def save(self, path: str | Path) -> list[Path]:
        """Write the model, a tensor at a time. Weights of 2 GiB and more stand in a file beside it, with ``.data`` after its
        name. Raises SpecError (MS805) where a file cannot be written."""
        path = Path(path)
        reuse_memory()
        if "native" in self.__dict__:
            return [files.write(path, self.native.SerializeToString(deterministic=True))]
        if self._lowered.is_large:
            return self._save_beside(path)
        return [files.write(path, self._lowered.chunks())]

    def _save_beside(self, path: Path, values: Sequence[str] | None = None) -> list[Path]:
        model, data = self._lowered.beside(f"{path.name}.data", values)
        beside = files.write(path.with_name(f"{path.name}.data"), data)
        return [files.write(path, model), beside]
