"""The layer types that a spec can name: the catalogue, and those of plug-in packages, looked for only where one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelspec.diagnostics import SpecError, did_you_mean, shown
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer

ELSEWHERE: Mapping[str, str] = {
    "AdaptiveAvgPool2d": "AdaptiveAveragePooling2D",
    "AvgPool2d": "AveragePooling2D",
    "BatchNorm1d": "BatchNormalization",
    "BatchNorm2d": "BatchNormalization",
    "ConvTranspose2d": "Conv2DTranspose",
    "Convolution2D": "Conv2D",
    "Dropout2d": "SpatialDropout2D",
    "Gemm": "Dense",
    "GroupedQueryAttention": "GroupQueryAttention",
    "GroupNorm": "GroupNormalization",
    "LayerNorm": "LayerNormalization",
    "Linear": "Dense",
    "MatMul": "Dense",
    "MaxPool": "MaxPooling2D",
    "MaxPool2d": "MaxPooling2D",
    "MultiheadAttention": "MultiHeadAttention",
    "RMSNorm": "RMSNormalization",
    "Upsample": "UpSampling2D",
    "ZeroPad2d": "ZeroPadding2D",
}
"""What PyTorch, ONNX and older Keras call a layer, and its name here."""

_OTHERWISE: Mapping[str, str] = {
    **dict.fromkeys(("Input", "InputLayer"), 'what a model reads stands under "inputs", with its shape'),
    **dict.fromkeys(("Functional", "Model", "Sequential"), 'layers that belong together are a block, under "blocks"'),
    **dict.fromkeys(("Lambda", "TFOpLambda"), "a spec holds no code; a package can bring a layer of your own"),
}
"""What Keras has layers for that are no layers here, and how a spec says it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no layer of a type: a code, a sentence and a hint."""

    code: str
    message: str
    hint: str = ""


class LayerTypes:
    """Finds layer types by name, and remembers those of plug-ins."""

    def __init__(self, with_plugins: bool = True) -> None:
        self.with_plugins = with_plugins
        self._found: dict[str, type[Layer] | Missing] = {}

    @property
    def known(self) -> Mapping[str, type[Layer]]:
        """The catalogue, and the types of plug-ins that were found so far."""
        found = {name: kind for name, kind in self._found.items() if not isinstance(kind, Missing)}
        return {**LAYERS, **found} if found else LAYERS

    def find(self, name: str) -> type[Layer] | Missing:
        """Return the class of a layer type, or why there is none."""
        if name in LAYERS:
            return LAYERS[name]
        if name not in self._found:
            self._found[name] = self._plugin(name)
        return self._found[name]

    def _plugin(self, name: str) -> type[Layer] | Missing:
        from modelspec import plugins

        hint = f'it is called "{ELSEWHERE[name]}" here' if name in ELSEWHERE else _OTHERWISE.get(name, "")
        hint = hint or did_you_mean(name, LAYERS)
        if not self.with_plugins:
            return Missing("MS205", f"there is no layer type {shown(name)} in the catalogue, and plug-ins are off", hint)
        try:
            found = plugins.layer(name)
        except SpecError as error:
            finding = error.diagnostics[0]
            return Missing(finding.code, finding.message, finding.hint)
        return found or Missing(
            "MS205", f"there is no layer type {shown(name)}", hint or did_you_mean(name, plugins.layer_names())
        )
