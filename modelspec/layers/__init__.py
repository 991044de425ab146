"""The catalogue: every layer type by its name; a family is imported when one of its layers is asked for.

Building the classes of all families takes longer than validating a spec, which uses a few of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from importlib import import_module

from modelspec.layers.base import Layer

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "core": ("Activation", "Dense", "Embedding"),
    "activation_layers": ("ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"),
    "convolution": ("Conv1D", "Conv2D", "Conv3D"),
    "depthwise": (
        "DepthwiseConv1D", "DepthwiseConv2D", "DepthwiseConv3D", "SeparableConv1D", "SeparableConv2D", "SeparableConv3D",
    ),
    "transposed": ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    "pooling": (
        "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D",
        "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
        "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D",
        "GlobalMaxPooling2D", "GlobalMaxPooling3D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
    ),
    "normalization": (
        "BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization",
    ),
    "regularization": (
        "ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D",
        "SpatialDropout2D", "SpatialDropout3D",
    ),
    "reshaping": ("Flatten", "Permute", "RepeatVector", "Reshape"),
    "padding": ("CenterCrop", "Cropping1D", "Cropping2D", "Cropping3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    "resizing": ("Resizing", "UpSampling1D", "UpSampling2D", "UpSampling3D"),
    "merging": ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"),
    "residual": ("LayerScale", "ScaledAdd", "StochasticDepth"),
    "preprocessing": ("Normalization", "Rescaling"),
    "recurrent": ("GRU", "LSTM", "SimpleRNN"),
    "attention": ("AdditiveAttention", "Attention", "GroupQueryAttention", "MultiHeadAttention"),
    "wrappers": ("Bidirectional", "SpectralNormalization", "TimeDistributed"),
}  # fmt: skip
"""The names of the layers by family; each is a class in the module of that name."""


class Catalogue(Mapping[str, type[Layer]]):
    """Layer classes by name."""

    def __init__(self, families: Mapping[str, tuple[str, ...]]) -> None:
        self._family = {name: family for family, names in families.items() for name in names}
        self._imported: dict[str, type[Layer]] = {}

    def __getitem__(self, name: str) -> type[Layer]:
        layer = self._imported.get(name)
        if layer is None:
            layer = self._imported[name] = getattr(import_module(f"modelspec.layers.{self._family[name]}"), name)
        return layer

    def __contains__(self, name: object) -> bool:
        return name in self._family

    def __iter__(self) -> Iterator[str]:
        return iter(self._family)

    def __len__(self) -> int:
        return len(self._family)


class Kinds(Collection[type[Layer]]):
    """The classes of catalogues but for some, by name; none is imported to ask whether a class is among them."""

    def __init__(self, *catalogues: Mapping[str, type[Layer]], without: Collection[str]) -> None:
        self._catalogues = {name: catalogue for catalogue in catalogues for name in catalogue if name not in without}

    def __contains__(self, kind: object) -> bool:
        if not isinstance(kind, type) or kind.__name__ not in self._catalogues:
            return False
        return self._catalogues[kind.__name__][kind.__name__] is kind

    def __iter__(self) -> Iterator[type[Layer]]:
        return (catalogue[name] for name, catalogue in self._catalogues.items())

    def __len__(self) -> int:
        return len(self._catalogues)


LAYERS = Catalogue(FAMILIES)
"""The layers that a spec names."""
PARTS = Catalogue({"preprocessing": ("Cast",), "wrappers": ("FoldTime", "UnfoldTime")})
"""Layers that only passes make: backends have rules for them, and no spec names them."""
