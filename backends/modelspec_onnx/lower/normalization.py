"""Normalization layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.normalization import BatchNormalization
from modelspec.weights import Array
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def batch_normalization(layer: BatchNormalization, site: Site) -> None:
    """Lower to BatchNormalization along axis 1, and to a product and a sum along any other."""
    mean, variance = site.array("moving_mean"), site.array("moving_variance")
    assert mean is not None
    assert variance is not None
    axis = layer.axis_of(site.node.output)
    if axis == 1:
        parts = [_weight(site, "gamma", np.ones_like(mean)), _weight(site, "beta", np.zeros_like(mean))]
        parts += [site.weight("moving_mean", mean), site.weight("moving_variance", variance)]
        site.emit("BatchNormalization", [site.input, *parts], epsilon=layer.epsilon)
        return
    gamma, beta = site.array("gamma"), site.array("beta")
    factor = (1.0 if gamma is None else gamma.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + layer.epsilon)
    offset = (0.0 if beta is None else beta.astype(np.float64)) - mean.astype(np.float64) * factor
    shape = [-1] + [1] * (site.node.output.rank - 1 - axis)
    scaled = site.emit("Mul", [site.input, site.constant("factor", factor.reshape(shape))], step="scaled")
    site.emit("Add", [scaled, site.constant("offset", offset.reshape(shape))])


def _weight(site: Site, name: str, absent: Array) -> str:
    array = site.array(name)
    return site.constant(name, absent) if array is None else site.weight(name, array)


RULES: Rules = {
    BatchNormalization: batch_normalization,
}
