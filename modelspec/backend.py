"""What a backend is: how it says what it cannot do, and how it turns a graph and weights into a native model."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, runtime_checkable

from modelspec import layers
from modelspec.diagnostics import SpecError
from modelspec.passes.target import IoLayout, Target

if TYPE_CHECKING:
    from pathlib import Path

    from modelspec.graph import Graph, Node
    from modelspec.layers.base import Layer
    from modelspec.model import Model
    from modelspec.tensors import DataFormat, DType, TensorType
    from modelspec.weights import Array, Arrays


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may ask of a lowering."""

    io_layout: IoLayout = "spec"
    """The layout of image inputs and outputs."""
    target: str | None = None
    """What must be able to read the file, such as ``ort==1.17`` or ``opset==17``; only the onnx backend has targets."""
    optimize: int = 0
    """How far the graph is optimised for inference; see ``passes.LEVELS``. Only backends for inference alone have levels above
    0: the others hand weights back under the spec's keys, which no folded weights have."""

    precision: Precision = "fp32"
    """What layers compute in; in fp16 and bf16, inputs and outputs keep the types of the spec. int8 is made of fp32 by
    ``Runtime.quantized``, as it needs data. Only backends for inference alone have another than fp32."""
    functions: bool = False
    """Whether repeated blocks become functions, which their calls share; only the onnx backend has them."""


Precision = Literal["fp32", "fp16", "bf16", "int8"]
NARROW: Mapping[Precision, DType] = {"fp16": "float16", "bf16": "bfloat16"}
"""The precisions that are a data type."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A layer that a backend cannot lower, and why."""

    node: Node
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A use of a layer that a backend cannot lower: it stands on the layer's page, and is reported before work starts."""

    reason: str
    """Why, as a sentence without its full stop."""
    applies: Callable[[Any, Node], bool]
    """Whether a layer (on its node, as the passes left it) is such a use."""
    hint: str = ""
    """What to do instead."""


Limits = Mapping[str, tuple[Limit, ...]]
"""The limits of a layer by its name: no family is imported to know them."""
Inexact = Mapping[str, tuple[float, str]]
"""How far the float64 of a layer, an activation or an interpolation may be off, by its name, and why."""
_Rule = TypeVar("_Rule")


class RulesByFamily(Mapping[type["Layer"], _Rule]):
    """The rules of a backend: each family's are ``RULES`` of the module of its name in a package, which is imported when one
    of its layers is lowered."""

    def __init__(self, package: str) -> None:
        self._package = package

    def family(self, kind: type[Layer]) -> Mapping[type[Layer], _Rule]:
        """Return the rules of a layer's family, or raise KeyError for a layer that is not of the catalogue."""
        package, _, name = kind.__module__.rpartition(".")
        if package != layers.__name__ or name not in layers.FAMILIES:
            raise KeyError(kind)
        return self._imported(name)

    def _imported(self, name: str) -> Mapping[type[Layer], _Rule]:
        return import_module(f"{self._package}.{name}").RULES

    def __getitem__(self, kind: type[Layer]) -> _Rule:
        return self.family(kind)[kind]

    def __iter__(self) -> Iterator[type[Layer]]:
        return (kind for name in layers.FAMILIES for kind in self._imported(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def rule_of(layer: Layer, rules: Mapping[type[Layer], _Rule], backend: str) -> _Rule:
    """Return the rule for a layer: the backend's own, or the one that a plug-in's layer brings.

    Raises SpecError (MS705) where that cannot be loaded.
    """
    own = rules.get(type(layer))
    if own is not None:
        return own
    path = layer.lowerings[backend]
    try:
        return pkgutil.resolve_name(path)
    except (ImportError, AttributeError, ValueError) as error:
        message = f"the rule of the plug-in's layer {layer.kind} for {backend}, {path}, cannot be loaded: {error}"
        raise SpecError.of("MS705", message, "mend or reinstall the package") from error


class Backend(Protocol):
    """A way to lower graphs. Packages offer theirs as an entry point of the group ``modelspec.backends``."""

    name: str
    """The name that ``--backend`` takes."""
    suffix: str
    """The suffix of the files that it writes, with the dot."""
    requires: Mapping[str, str]
    """The import names that it needs, each with the distribution that has it."""
    extra: str
    """What ``pip install`` takes to get them."""
    data_format: DataFormat
    """The data format that it computes in."""
    takes: Collection[str]
    """The suffixes of the files that ``take_weights`` reads."""

    @property
    def layers(self) -> Collection[type[Layer]]:
        """The layers that it lowers itself; a core decomposition stands in for others."""
        ...

    @property
    def lacks(self) -> Mapping[str, str]:
        """Why it has no rule of its own for a layer, by the layer's name, as a sentence without its full stop."""
        ...

    @property
    def limits(self) -> Limits:
        """The uses of its layers that it cannot lower."""
        ...

    @property
    def inexact(self) -> Inexact:
        """What it computes less exactly than float64 allows."""
        ...

    def refuse_options(self, options: Options) -> list[str]:
        """Return a sentence for every option that it cannot honour."""
        ...

    def lower(self, graph: Graph, weights: Arrays, options: Options) -> Model:
        """Return the native model for a graph as the passes left it; ``weights`` are the canonical arrays by key, and those
        that passes derived from them (``Graph.derived``), which are computed at each access."""
        ...

    def take_weights(self, graph: Graph, path: str | Path) -> Arrays:
        """Return canonical arrays from a trained model of a graph (as the passes left it), or raise SpecError.

        Nothing of the file is executed or unpickled.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a model is run on a provider. What a provider does not have is refused where it is asked for, never left out."""

    device_id: int = 0
    """Which of several devices."""
    threads: int | None = None
    """The threads of one operator on the CPU; all cores for None."""
    inter_threads: int | None = None
    """How many operators run at once on the CPU; one after another for None."""
    fp16: bool = False
    """Whether the provider may compute in float16 what the model has in float32."""
    tf32: bool = False
    """Whether the factors of products in float32 may be rounded to 10 bits of mantissa."""
    prefer_nhwc: bool = False
    """Whether convolutions run with channels last, whatever the layout of the model."""
    cuda_graph: bool = False
    """Whether runs of fixed shapes are captured once and replayed as a CUDA graph."""
    arena_mib: int | None = None
    """The most memory that the provider's allocator may hold, in MiB."""
    fallback: bool = False
    """Whether layers that the provider lacks may run on the CPU: without it they are an error that names them."""

    @property
    def asked(self) -> dict[str, int | bool]:
        """The fields that are not as they are by default, which is what is asked for."""
        given = ((field.name, getattr(self, field.name), field.default) for field in fields(self))
        return {name: value for name, value, default in given if value != default}


PLAIN = Tuning()
"""Nothing asked for."""


class Bound(Protocol):
    """A session whose inputs and outputs stay where they are."""

    def run(self, inputs: Mapping[str, Array] | None = None) -> Mapping[str, Array]:
        """Return the outputs by name, in arrays that the next run writes again."""
        ...


class Session(Protocol):
    """A model loaded to be run."""

    provider: str
    """Where it runs."""

    @property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs by name, without the batch dimension."""
        ...

    @property
    def batches(self) -> Mapping[str, int | None]:
        """How many examples each input takes; None for any number."""
        ...

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the outputs."""
        ...

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Array]) -> list[Array]:
        """Return the named outputs, all of them for None."""
        ...

    def bound(self, shapes: Mapping[str, Sequence[int]]) -> Bound:
        """Return the session with inputs of fixed shapes, the batch first."""
        ...


@runtime_checkable
class Runtime(Protocol):
    """A backend that can also run the models that it writes."""

    runs_with: Mapping[str, str]
    """The import names that it needs to run models, each with the distribution that has it."""
    wheels: Mapping[str, Sequence[str]]
    """The distributions that an import name can come from, where there are several: they overwrite one another, so that one of
    them may be installed."""
    providers: Mapping[str, Collection[str]]
    """The places where it runs models, whether or not they are here, by name; each with the fields of a tuning that it has."""

    def open(self, model: bytes, provider: str, name: str, tuning: Tuning = PLAIN, beside: Path | None = None) -> Session:
        """Return a session on a provider, or raise SpecError (MS704, MS801, MS804, MS807); ``name`` is what errors call the
        model.

        The model may be from anywhere: whatever it says, no other file is opened but ``beside``, where it keeps weights there.
        """
        ...

    def session(self, model: Model, provider: str, name: str, tuning: Tuning = PLAIN) -> Session:
        """Return a session of a model that ``lower`` made on a provider, or raise SpecError (MS704, MS804)."""
        ...

    def on(self, model: Model, provider: str, tuning: Tuning) -> Model:
        """Return a model that ``lower`` made as one that runs on a provider.

        Running it raises SpecError (MS704, MS804) where the provider is not there or lacks what the tuning asks for.
        """
        ...

    def quantized(self, model: Model, batches: Iterable[Mapping[str, Array]], keep: Collection[str]) -> Model:
        """Return a model that ``lower`` made in 8-bit integers, calibrated on batches; the layers ``keep`` stay in fp32.

        Raises SpecError (MS704) for one that is not there.
        """
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A step of gradient descent."""

    loss: float
    """The loss before it."""
    gradients: Arrays
    """The gradient by every weight that the backend trains, as canonical arrays by key."""


@runtime_checkable
class Trainer(Protocol):
    """A backend that can also train the models that it makes."""

    def train_step(self, model: Model, inputs: Arrays, targets: Arrays, rate: Callable[[Step], float]) -> Step:
        """Change a model that ``lower`` made by one step of plain gradient descent in training mode, and return the step.

        ``inputs`` and ``targets`` are batches by the names of all inputs and of some outputs, in the model's data type. The
        loss is the L2 norm of what each of these outputs is off, the mean over the examples, and what the penalties of weights
        and outputs add. Every weight moves by minus its gradient, times the rate that the step asks for, and then is projected
        to its constraint.
        """
        ...


@runtime_checkable
class Repeater(Protocol):
    """A backend that has quicker ways to run a model again and again than the one that shows every layer."""

    ways: Collection[str]
    """The names of its other ways, beside the plain one."""

    def repeated(self, model: Model, way: str = "") -> Callable[[Arrays], object]:
        """Return what runs a model that ``lower`` made, in inference and as the framework's users would in a loop: arrays of
        all inputs by name in, arrays of all outputs out. The model is not to be trained meanwhile; ``way`` is one of ``ways``,
        the plain one where it is empty."""
        ...


@runtime_checkable
class Targeted(Protocol):
    """A backend whose files can be written for older versions of what reads them."""

    def beyond(self, graph: Graph, options: Options) -> list[Refusal]:
        """Return what the target of the options cannot express of a graph that is about to be lowered. No weight is read."""
        ...


def target(backend: Backend, options: Options) -> Target:
    """Return what a backend asks of the passes."""
    return Target(backend.name, backend.layers, backend.data_format, options.io_layout, options.optimize)
