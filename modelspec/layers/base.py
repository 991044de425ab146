"""What a layer is: documented fields, ``infer`` (the type it makes) and ``weights`` (the arrays it holds)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, ClassVar, NoReturn, TypeVar

from modelspec.geometry import channels_first_axes, channels_last_axes
from modelspec.layers import initializers
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import Strict, shape_of
from modelspec.layers.initializers import Identity, Initializer, Orthogonal
from modelspec.layers.regularizers import OrthogonalRegularizer, Regularizer
from modelspec.tensors import FLOATS, DataFormat, Shape, TensorType, counted, format_shape

if TYPE_CHECKING:
    from modelspec.layers.activations import Activation
    from modelspec.layers.folding import AffineMap, Merged

_T = TypeVar("_T")


class LayerError(Exception):
    """A layer that cannot take its inputs; the elaborator adds the place.

    That is the field whose name the message begins with, where the spec gives it (``strides is 0``), and the layer's type else.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True, slots=True)
class Weight:
    """An array that a layer holds, in Keras's layout."""

    name: str
    shape: tuple[int, ...]
    initializer: Initializer
    trainable: bool = True
    regularizer: Regularizer = None
    constraint: Constraint = None

    def __post_init__(self) -> None:
        axes, shape = len(self.shape), list(self.shape)
        match self.initializer:
            case Orthogonal() if axes < 2:
                self._refuse("an orthogonal array has two axes or more", "use another initializer")
            case Identity() if axes != 2:
                self._refuse("an identity matrix has two axes", "use another initializer")
            case initializers.Constant(value=value) if shape_of(value) != self.shape[: len(shape_of(value))]:
                raise LayerError(
                    "MS501",
                    f'the weight "{self.name}" has the shape {shape}, but the numbers for it have {list(shape_of(value))}',
                    "the lists are the weight's leading axes, all of them or the first ones",
                )
            case _:
                pass
        if isinstance(self.regularizer, OrthogonalRegularizer) and axes != 2:
            self._refuse("an orthogonal regularizer needs a matrix", "use another regularizer")
        along: int | tuple[int, ...] = getattr(self.constraint, "axis", ())
        for axis in (along,) if isinstance(along, int) else along:
            if not -axes <= axis < axes:
                self._refuse(f"a constraint is along axis {axis}", f"its axes are 0 to {axes - 1}")

    def _refuse(self, problem: str, hint: str) -> NoReturn:
        raise LayerError("MS203", f'the weight "{self.name}" has the shape {list(self.shape)}, but {problem}', hint)

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a decomposition; ``weights`` maps its weight names to those of the layer it comes from.

    It reads what the part before it makes, the first one the inputs of the layer. One that ``rereads`` also reads these, as
    further inputs.
    """

    name: str
    layer: Layer
    weights: Mapping[str, str] = field(default_factory=dict[str, str])
    rereads: bool = False


class Layer(Strict):
    """A layer with concrete hyperparameters. A subclass adds ``type: Literal[...]`` and its fields."""

    trainable: bool = True
    """Whether training changes the weights."""

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """The least and the most inputs; None is no limit."""

    chance: ClassVar[tuple[str, ...]] = ()
    """The fields that say how much training leaves to chance; where they are 0, nothing is."""

    lowerings: ClassVar[Mapping[str, str]] = {}
    """The rules that a layer of a plug-in package brings, by backend: ``{"torch": "package.module:function"}``."""

    @property
    def kind(self) -> str:
        """The layer's type, as a spec names it."""
        return self.__class__.__name__

    @property
    def computed_in(self) -> DataFormat | None:
        """The data format that a backend must have to compute the layer; None where any will do."""
        return None

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        """Return the type of the output, or raise LayerError for inputs that do not fit."""
        raise NotImplementedError

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        """Return the weights that the layer holds for these inputs, in Keras's order."""
        return ()

    def own_weight(self, name: str, shape: tuple[int, ...], fields: str = "") -> Weight:
        """Return a weight with the initializer, the penalty and the constraint that the layer's fields say:
        ``<fields>_initializer`` and so on, where ``fields`` is the weight's name unless it is given."""
        start = fields or name
        initializer = getattr(self, f"{start}_initializer")
        regularizer, constraint = getattr(self, f"{start}_regularizer"), getattr(self, f"{start}_constraint")
        return Weight(name, shape, initializer, regularizer=regularizer, constraint=constraint)

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        """Return the multiply-adds of one example; only products with weights count."""
        return 0

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        """Return how many numbers a backend may hold for one example beside inputs and output, where they can be many more.

        The limit on memory counts them; an unknown size counts as 1.
        """
        return 0

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        """Return the layer that does the same on inputs whose axes are reordered to ``axes`` (batch included).

        Its output is reordered likewise where it keeps its rank, and is in the original order otherwise.
        None says that the layer needs the original order.
        """
        return None

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        """Return a chain of simpler layers that computes the same; empty where there is none."""
        return ()

    def with_default_format(self, data_format: DataFormat) -> Layer:
        """Return the layer with what it leaves open decided by the spec-wide data format."""
        return self

    def without_chance(self) -> Layer:
        """Return the layer that drops nothing and adds no noise in training, nor do the layers inside it."""
        inner = {name: value.without_chance() for name, value in self if isinstance(value, Layer)}
        return self.model_copy(update={**inner, **dict.fromkeys(self.chance, 0.0)})

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        """Return whether inference only hands on the input; the data type may change all the same."""
        return False

    def as_activation(self) -> Activation | None:
        """Return the activation function that the layer is; None where it is none."""
        return None

    @property
    def ending(self) -> Activation | None:
        """The activation function that the layer ends in, or is; None where what it makes is no function's value."""
        return self.as_activation()

    def ended_by(self, function: Activation) -> Layer | None:
        """Return the layer followed by an activation function; None where it cannot end in one, or does so already."""
        return None

    def affine(self, inputs: Sequence[TensorType]) -> AffineMap | None:
        """Return the product and the sum with fixed numbers that the layer is in inference; None where it is none."""
        return None

    def followed_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        """Return the layer that does what this one and then an affine one do; None where there is none."""
        return None

    def preceded_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        """Return the layer that does what an affine one and then this one do; None where there is none."""
        return None


class Elementwise(Layer):
    """A layer that treats every element alike, so that the order of the axes does not matter to it."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return floating(self, inputs[0])

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return self


class Formatted(Layer):
    """A layer whose meaning depends on where the channels stand."""

    data_format: DataFormat | None = None
    """Where the channels stand: ``channels_last`` (batch, ..., channels) or ``channels_first`` (batch, channels, ...).
    The spec's own ``data_format`` where not given."""

    def with_default_format(self, data_format: DataFormat) -> Layer:
        return self if self.data_format else self.model_copy(update={"data_format": data_format})

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        last = self.data_format == "channels_last"
        moved = channels_first_axes(len(axes)) if last else channels_last_axes(len(axes))
        if axes != moved:
            return None
        return self.model_copy(update={"data_format": "channels_first" if last else "channels_last"})


class Spatial(Formatted):
    """A layer that works along the spatial axes, and that a backend computes in one data format."""

    spatial_rank: ClassVar[int] = 2
    """The number of spatial dimensions."""

    @property
    def computed_in(self) -> DataFormat | None:
        return self.data_format

    def split(self, shape: Sequence[_T]) -> tuple[tuple[_T, ...], _T]:
        """Return a shape (or a list like it) as its spatial part and its channels."""
        if self.data_format == "channels_first":
            return tuple(shape[1:]), shape[0]
        return tuple(shape[:-1]), shape[-1]

    def join(self, spatial: Sequence[_T], channels: _T) -> tuple[_T, ...]:
        """Return spatial sizes and channels in this layer's order."""
        return (channels, *spatial) if self.data_format == "channels_first" else (*spatial, channels)

    def channel_axis(self, value: TensorType) -> int:
        """Return the axis of the channels, batch included."""
        return 1 if self.data_format == "channels_first" else value.rank - 1

    def checked(self, value: TensorType) -> TensorType:
        """Return the input type, or raise LayerError where its data type (MS503) or its rank (MS501) does not fit."""
        return self.ranked(floating(self, value))

    def ranked(self, value: TensorType) -> TensorType:
        """Return the input type, or raise LayerError (MS501) where its rank does not fit."""
        if len(value.shape) != self.spatial_rank + 1:
            wanted = self.join(("depth", "height", "width")[-self.spatial_rank :], "channels")
            raise LayerError(
                "MS501",
                f"{self.kind} takes [{', '.join(wanted)}] ({self.data_format}), but its input is {format_shape(value.shape)}",
                self._rank_hint(value.shape),
            )
        return value

    def _rank_hint(self, shape: Shape) -> str:
        """Return how a shape with too many or too few axes mostly comes about."""
        match self.spatial_rank + 1 - len(shape):
            case 1:
                return f"a single channel is an axis, too: {format_shape(self.join(shape, 1))}"
            case missing if missing > 1:
                return f"put {self.kind} before the Flatten or the global pooling, or make axes with a Reshape"
            case _:
                return "shapes leave out the batch dimension"

    def surplus(self, value: TensorType, sizes: Sequence[int]) -> int:
        """Return how many more elements the input has with other spatial sizes; an unknown number of channels counts as 1."""
        return prod(sizes) * counted(self.split(value.shape)[1]) - value.elements

    def channels(self, value: TensorType) -> int:
        """Return the number of channels, which must be known."""
        channels = self.split(value.shape)[1]
        if not isinstance(channels, int):
            found = f"its input is {format_shape(value.shape)} ({self.data_format})"
            hint = "give the input a fixed number of channels"
            raise LayerError("MS501", f"{self.kind} needs a known number of channels, but {found}", hint)
        return channels


def floating(layer: Layer, value: TensorType) -> TensorType:
    """Return the input type, or raise LayerError (MS503) where it is not a floating-point one."""
    if value.dtype not in FLOATS:
        raise LayerError(
            "MS503",
            f"{layer.kind} takes floating-point numbers, but its input is {value.dtype}",
            "Rescaling turns integers into floating-point numbers",
        )
    return value


def numeric(layer: Layer, value: TensorType) -> TensorType:
    """Return the input type, or raise LayerError (MS503) where it is not one of numbers."""
    if value.dtype == "bool":
        hint = "inputs that are bool are the masks of attention layers"
        raise LayerError("MS503", f"{layer.kind} takes numbers, but its input is bool", hint)
    return value


def same_dtype(layer: Layer, inputs: Sequence[TensorType]) -> None:
    """Raise LayerError (MS503) where the inputs are not of one data type."""
    for value in inputs:
        if value.dtype != inputs[0].dtype:
            raise LayerError(
                "MS503",
                f"{layer.kind} takes inputs of one data type, but has {inputs[0].dtype} and {value.dtype}",
                'declare them with one "dtype"',
            )
