"""Normalization layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelspec.layers.normalization import (
    Affine,
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from modelspec_keras.framework import keras
from modelspec_keras.lower.arguments import weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def batch_normalization(layer: BatchNormalization, site: Site) -> Chain:
    """Lower to ``keras.layers.BatchNormalization``."""
    return (
        keras.layers.BatchNormalization(
            axis=-1 if layer.axis is None else layer.axis,
            momentum=layer.momentum,
            epsilon=layer.epsilon,
            **_affine(layer),
            **weight_arguments(layer, "moving_mean", "moving_variance"),
            synchronized=layer.synchronized,
            **site.common,
        ),
    )


def group_normalization(layer: GroupNormalization, site: Site) -> Chain:
    """Lower to ``keras.layers.GroupNormalization``."""
    return (
        keras.layers.GroupNormalization(
            groups=layer.groups, axis=layer.axis_of(site.output), epsilon=layer.epsilon, **_affine(layer), **site.common
        ),
    )


def layer_normalization(layer: LayerNormalization, site: Site) -> Chain:
    """Lower to ``keras.layers.LayerNormalization``, with positive axes: it sorts them before it counts negative ones from the
    end, and would give the weights of ``[1, -1]`` their sizes in the wrong order."""
    axes: Any = list(layer.axes_of(site.output))  # annotated with the type of its default alone
    return (keras.layers.LayerNormalization(axis=axes, epsilon=layer.epsilon, **_affine(layer), **site.common),)


def rms_normalization(layer: RMSNormalization, site: Site) -> Chain:
    """Lower to ``keras.layers.RMSNormalization``, after a Permute where the axes are not the last ones: on TensorFlow, Keras
    3.15 multiplies by ``scale`` along the last axes, whatever the axes are."""
    axes, rank = layer.axes_of(site.output), site.output.rank
    last: Any = list(range(rank - len(axes), rank))  # annotated with the type of its default alone
    normalization = keras.layers.RMSNormalization(axis=last, epsilon=layer.epsilon, **site.common)
    others = [axis for axis in range(1, rank) if axis not in axes]
    to_last = [*others, *axes]
    if to_last == sorted(to_last):
        return (normalization,)
    from_last = [to_last.index(axis) + 1 for axis in range(1, rank)]
    return (
        _Between(
            keras.layers.Permute(to_last, **site.beside("to_last").common),
            normalization,
            keras.layers.Permute(from_last, **site.beside("from_last").common),
        ),
    )


@dataclass(frozen=True)
class _Between:
    """An RMS normalization between two layers."""

    before: Any
    normalization: Any
    after: Any

    def __call__(self, value: Any) -> Any:
        return self.after(self.normalization(self.before(value)))

    @property
    def scale(self) -> Any:
        """The weight."""
        return self.normalization.scale


def unit_normalization(layer: UnitNormalization, site: Site) -> Chain:
    """Lower to ``keras.layers.UnitNormalization``."""
    axes: Any = list(layer.axes_of(site.output))  # annotated with the type of its default alone
    return (keras.layers.UnitNormalization(axis=axes, **site.common),)


def _affine(layer: Affine) -> dict[str, Any]:
    return {"center": layer.center, "scale": layer.scale, **weight_arguments(layer, "beta", "gamma")}


RULES: Rules = {
    BatchNormalization: batch_normalization,
    GroupNormalization: group_normalization,
    LayerNormalization: layer_normalization,
    RMSNormalization: rms_normalization,
    UnitNormalization: unit_normalization,
}
