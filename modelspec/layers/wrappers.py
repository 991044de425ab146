"""Layers that hold another layer.

The layer inside is a field: an object with the ``type`` and the fields of a layer, without ``name`` and ``inputs``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from modelspec.layers.base import Layer, LayerError, Part, Weight, floating
from modelspec.layers.fields import Positive
from modelspec.layers.initializers import TruncatedNormal
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from modelspec.tensors import DataFormat, TensorType, format_shape

AnyRecurrent = Annotated[SimpleRNN | LSTM | GRU, Field(discriminator="type")]


class Bidirectional(Layer):
    """A recurrent layer from the start of a sequence and another from its end, as ``keras.layers.Bidirectional`` (Schuster and
    Paliwal 1997). Weights are named ``forward_kernel``, ``backward_kernel`` and so on."""

    type: Literal["Bidirectional"] = "Bidirectional"
    layer: AnyRecurrent
    """The layer that reads forwards."""
    merge_mode: Literal["concat", "sum", "mul", "ave"] = "concat"
    """How the two outputs become one: side by side, added, multiplied or averaged. Keras's null, which keeps two outputs, is
    not taken: a layer of a spec makes one value."""
    backward_layer: AnyRecurrent | None = None
    """The layer that reads backwards (``"go_backwards": true``); where not given, one with the same fields as ``layer``. Where
    sequences are returned, its states are put in the order of time."""

    @property
    def directions(self) -> dict[str, Recurrent]:
        """Both layers, by what stands before the names of their weights."""
        backward = self.backward_layer or self.layer.model_copy(update={"go_backwards": True})
        return {"forward_": self.layer, "backward_": backward}

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        forward, backward = self.directions.values()
        if forward.go_backwards == backward.go_backwards:
            raise LayerError(
                "MS203",
                f"go_backwards is {str(forward.go_backwards).lower()} in both layers; one of them must read backwards",
                'leave "go_backwards" out of "layer", and set it to true in "backward_layer"',
            )
        if forward.return_sequences != backward.return_sequences:
            raise LayerError(
                "MS203",
                "return_sequences differs between layer and backward_layer",
                "set it to the same value in both",
            )
        first, second = forward.infer(inputs), backward.infer(inputs)
        if self.merge_mode == "concat":
            return TensorType((*first.shape[:-1], forward.units + backward.units), first.dtype)
        if first != second:
            raise LayerError(
                "MS501",
                f'layer has {forward.units} units and backward_layer {backward.units}; merge_mode "{self.merge_mode}" needs as'
                " many in both",
                'merge_mode "concat" takes any numbers',
            )
        return first

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return tuple(
            replace(weight, name=f"{prefix}{weight.name}", trainable=weight.trainable and layer.trainable)
            for prefix, layer in self.directions.items()
            for weight in layer.weights(inputs)
        )

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return sum(layer.multiply_adds(inputs, output) for layer in self.directions.values())

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return sum(layer.inner_elements(inputs, layer.infer(inputs)) for layer in self.directions.values())


@dataclass(frozen=True)
class _OneOf:
    """Marks a field that holds a layer, told by its ``type``."""

    kinds: Callable[[], Sequence[type[Layer]]]
    """The layers that it takes; asked for when the field is first used, for most are of other modules."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.tagged_union_schema(
            {layer.__name__: handler.generate_schema(layer) for layer in self.kinds()}, discriminator="type"
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        names = sorted(layer.__name__ for layer in self.kinds())
        return {"type": "object", "properties": {"type": {"enum": names}}, "required": ["type"]}


def _with_one_input() -> list[type[Layer]]:
    """Return the layers that TimeDistributed takes."""
    from modelspec.layers import LAYERS  # which holds this module's layers too, so that it is there only later

    return [layer for layer in LAYERS.values() if layer.arity[0] <= 1 and layer is not TimeDistributed]


def _with_a_kernel() -> list[type[Layer]]:
    """Return the layers that SpectralNormalization takes."""
    from modelspec.layers import LAYERS

    return [LAYERS[name] for name in _KERNELS]


_KERNELS: Mapping[str, str] = {
    "Conv1D": "kernel",
    "Conv1DTranspose": "kernel",
    "Conv2D": "kernel",
    "Conv2DTranspose": "kernel",
    "Conv3D": "kernel",
    "Conv3DTranspose": "kernel",
    "Dense": "kernel",
    "DepthwiseConv1D": "kernel",
    "DepthwiseConv2D": "kernel",
    "Embedding": "embeddings",
}
"""The weight that SpectralNormalization normalizes, by layer. In Keras the kernel of a DepthwiseConv3D has other axes."""


class SpectralNormalization(Layer):
    """A layer whose kernel training keeps at the spectral norm 1, as ``keras.layers.SpectralNormalization`` (Miyato et al.
    2018).

    The kernel, as a matrix with its last axis as the columns, has a largest singular value ``sigma``, which some steps of the
    power method estimate, starting from ``vector_u``. Every call in training stores ``kernel / sigma`` as the kernel, and the
    new ``vector_u``, those of layers that are not trainable too; gradients are those of the kernel so stored. In inference,
    this is the layer inside alone. Weights are named as those of the layer.
    """

    type: Literal["SpectralNormalization"] = "SpectralNormalization"
    layer: Annotated[Layer, _OneOf(_with_a_kernel)]
    """The layer: one with a kernel (Dense, a convolution that is not separable) or Embedding. It takes floating-point numbers,
    for Keras gives the output the data type of the input."""
    power_iterations: Positive = 1
    """How many steps of the power method each call takes."""

    @property
    def kernel(self) -> str:
        """The name of the weight that is normalized."""
        return _KERNELS[self.layer.kind]

    @property
    def computed_in(self) -> DataFormat | None:
        return self.layer.computed_in

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return self.layer.infer([floating(self, inputs[0])])

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        made = self.layer.weights(inputs)
        kernel = next(weight for weight in made if weight.name == self.kernel)
        return (
            *(replace(weight, trainable=weight.trainable and self.layer.trainable) for weight in made),
            Weight("vector_u", (1, kernel.shape[-1]), TruncatedNormal(stddev=0.02), trainable=False),
        )

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return self.layer.multiply_adds(inputs, output)

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return self.layer.inner_elements(inputs, output)

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        inner = self.layer.permuted(axes)
        return self.model_copy(update={"layer": inner}) if inner else None

    def with_default_format(self, data_format: DataFormat) -> Layer:
        return self.model_copy(update={"layer": self.layer.with_default_format(data_format)})

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        inner = self.layer.model_copy(update={"trainable": self.trainable and self.layer.trainable})
        return (Part("layer", inner, {weight.name: weight.name for weight in inner.weights(inputs)}),)


class TimeDistributed(Layer):
    """A layer applied to every time step by itself, with the same weights, as ``keras.layers.TimeDistributed``: axis 1 is the
    time, and the layer sees an input without it. Weights are named as those of the layer."""

    type: Literal["TimeDistributed"] = "TimeDistributed"
    layer: Annotated[Layer, _OneOf(_with_one_input)]
    """The layer: any with one input but another TimeDistributed, BatchNormalization and SpectralNormalization, which would
    normalize each time step by itself in training. It has no ``activity_regularizer``, which Keras forgets here."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        if isinstance(self.layer, BatchNormalization):
            raise LayerError(
                "MS203",
                "TimeDistributed does not take a BatchNormalization, which in training would normalize each time step alone",
                "use BatchNormalization without it: to the channels, the time is one more axis of the batch",
            )
        if isinstance(self.layer, SpectralNormalization):
            raise LayerError(
                "MS203",
                "TimeDistributed does not take a SpectralNormalization, which in training would normalize at every time step",
                "use SpectralNormalization without it: a Dense has the time as one more axis anyway",
            )
        if any(getattr(layer, "activity_regularizer", None) is not None for layer in _in_all(self.layer)):
            raise LayerError(
                "MS203",
                f"a penalty on the output of {self.layer.kind} would be forgotten inside a TimeDistributed, as in Keras",
                "use an ActivityRegularization after the TimeDistributed",
            )
        if len(value.shape) < 2:
            raise LayerError(
                "MS501",
                f"TimeDistributed takes [time, ...] with at least one axis after the time, but its input is"
                f" {format_shape(value.shape)}",
                "shapes leave out the batch dimension",
            )
        output = self.layer.infer([_one_step(value)])
        return TensorType((value.shape[0], *output.shape), output.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        made = self.layer.weights([_one_step(inputs[0])])
        return tuple(replace(weight, trainable=weight.trainable and self.layer.trainable) for weight in made)

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        steps = output.shape[0] if isinstance(output.shape[0], int) else 1
        return steps * self.layer.multiply_adds([_one_step(inputs[0])], _one_step(output))

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        steps = output.shape[0] if isinstance(output.shape[0], int) else 1
        return steps * self.layer.inner_elements([_one_step(inputs[0])], _one_step(output))

    def with_default_format(self, data_format: DataFormat) -> Layer:
        return self.model_copy(update={"layer": self.layer.with_default_format(data_format)})

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.layer.is_identity([_one_step(inputs[0])])

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        inner = self.layer.model_copy(update={"trainable": self.trainable and self.layer.trainable})
        names = {weight.name: weight.name for weight in self.weights(inputs)}
        steps = inputs[0].shape[0]
        known = isinstance(steps, int)
        return (
            Part("fold", FoldTime()),
            Part("layer", inner, names),
            Part("unfold", UnfoldTime(steps=steps if known else None), rereads=not known),
        )


def _in_all(layer: Layer) -> list[Layer]:
    """Return a layer, and those inside it."""
    return [layer, *layer.directions.values()] if isinstance(layer, Bidirectional) else [layer]


def _one_step(value: TensorType) -> TensorType:
    return TensorType(value.shape[1:], value.dtype)


class FoldTime(Layer):
    """The time axis as a part of the batch: (batch, time, ...) becomes (batch * time, ...)."""

    type: Literal["FoldTime"] = "FoldTime"

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return _one_step(inputs[0])


class UnfoldTime(Layer):
    """What ``FoldTime`` folded, apart again: (batch * time, ...) becomes (batch, time, ...)."""

    type: Literal["UnfoldTime"] = "UnfoldTime"
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    steps: int | None
    """The number of time steps; null where it is known only at run time, as that of the second input."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        steps = inputs[1].shape[0] if self.steps is None else self.steps
        return TensorType((steps, *inputs[0].shape), inputs[0].dtype)
