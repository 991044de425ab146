"""Cases of regularization layers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import FIRST

_CONV: dict[str, Any] = {"type": "Conv2D", "filters": 4, "kernel_size": 2}

CASES: tuple[Case, ...] = (
    case("ActivityRegularization", "image", (4, 5, 3), l1=0.1, l2=0.2),
    case("ActivityRegularization", "nothing", (9,)),
    case("AlphaDropout", "image", (4, 5, 3), rate=0.5),
    case("AlphaDropout", "vector", (9,), rate=0.25, seed=3),
    case("AlphaDropout", "rate-0", (9,), rate=0.0),
    case("AlphaDropout", "noise-shape", (4, 5, 3), rate=0.5, noise_shape=[None, 1, 1, None]),
    case("Dropout", "image", (4, 5, 3), rate=0.5),
    case("Dropout", "vector", (9,), rate=0.25, seed=3),
    case("Dropout", "rate-0", (9,), rate=0.0),
    case("Dropout", "rate-1", (9,), rate=1.0),
    case("Dropout", "noise-shape", (4, 5, 3), rate=0.5, noise_shape=[None, 1, 1, None]),
    case("Dropout", "noise-shape-sizes", (4, 5, 3), rate=0.5, noise_shape=[None, 4, 1, 3]),
    case("GaussianDropout", "image", (4, 5, 3), rate=0.5),
    case("GaussianDropout", "vector", (9,), rate=0.25, seed=3),
    case("GaussianDropout", "rate-0", (9,), rate=0.0),
    case("GaussianNoise", "image", (4, 5, 3), stddev=0.5),
    case("GaussianNoise", "vector", (9,), stddev=1.0, seed=3),
    case("GaussianNoise", "none", (9,), stddev=0.0),
    case("SpatialDropout1D", "sequence", (5, 3), rate=0.5),
    case("SpatialDropout1D", "first", (3, 5), rate=0.25, seed=3, **FIRST),
    case("SpatialDropout1D", "rate-1", (5, 3), rate=1.0),
    case("SpatialDropout2D", "image", (4, 5, 3), rate=0.5),
    case("SpatialDropout2D", "first", (3, 4, 5), rate=0.25, seed=3, **FIRST),
    case("SpatialDropout2D", "free", ("height", "width", 3), rate=0.5, spec={"sizes": {"height": 5, "width": 4}}),
    case("SpatialDropout3D", "volume", (2, 3, 4, 5), rate=0.5),
    case("SpatialDropout3D", "first", (3, 2, 4, 5), rate=0.25, seed=3, **FIRST),
    chain("conv-spatialdropout", _CONV, {"type": "SpatialDropout2D", "rate": 0.5}, {"type": "GaussianNoise", "stddev": 0.1}),
    chain("conv-alphadropout-noise", _CONV, {"type": "AlphaDropout", "rate": 0.5, "noise_shape": [None, 1, 1, None]}),
)  # fmt: skip
