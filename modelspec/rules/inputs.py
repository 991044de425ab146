"""What models do with what they read."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from modelspec.graph import Node
from modelspec.rules.idle import DROPOUTS, numbers
from modelspec.rules.subject import Model, Remark, value_of

_AXES = ("1D", "2D", "3D")
_CARRYING = {
    *DROPOUTS, "CenterCrop", "Concatenate", "Flatten", "GaussianNoise", "Permute", "Reshape", "Resizing",
    *(kind + axes for kind in ("AveragePooling", "Cropping", "MaxPooling", "UpSampling", "ZeroPadding") for axes in _AXES),
}  # fmt: skip
"""The layers whose outputs are of the size of their inputs."""
LARGEST_SHRINKING = 1 / 30
"""A factor below this brings pixels from 0 to 255 to about 1: 1/255, 1/127.5, 1 by a standard deviation of about 58."""


def rescaled_twice(model: Model) -> Iterator[Remark]:
    """Pixels that are divided by 255 twice are all close to 0, and a network learns nothing of them for a long time."""
    sizes: dict[str, float] = dict.fromkeys(model.graph.inputs, 1.0)
    for node in model.graph.nodes:
        kind = node.layer.kind
        read = [sizes[name] for name in node.inputs if name in sizes]
        if not read or kind not in {*_CARRYING, "Normalization", "Rescaling"}:
            continue
        factor = _factor(node)
        if factor < LARGEST_SHRINKING and min(read) < LARGEST_SHRINKING:
            message = (
                f"{kind} shrinks what was shrunk before: to {factor:.2g} of it, and that to {factor * min(read):.2g} in all"
            )
            at = "scale" if kind == "Rescaling" else "variance"
            yield model.remark(node, message, "scale inputs once; remove one of the two", at)
        sizes[node.value] = factor * min(read)


def _factor(node: Node) -> float:
    """Return the largest factor that a layer multiplies by; 1 where it does not, or is not told yet."""
    if node.layer.kind == "Rescaling":
        return max(map(abs, numbers(value_of(node, "scale"))))
    given = [sqrt(max(number, 1e-14)) for number in numbers(value_of(node, "variance"))]
    if not given:
        return 1.0
    return max(given) if value_of(node, "invert") else 1 / min(given)
