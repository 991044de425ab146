"""Short chains, where the layout pass has something to do."""

from __future__ import annotations

from typing import Any

from case import Case, chain

from cases.arguments import BYTES, FIRST

_CONV: dict[str, Any] = {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 2}
_CONV_FIRST: dict[str, Any] = {**_CONV, **FIRST}
_FLATTEN: dict[str, Any] = {"type": "Flatten", "name": "flat"}
_DENSE: dict[str, Any] = {"type": "Dense", "units": 3}
_SCALES: dict[str, Any] = {"scale": [1.0, 2.0, 3.0, 4.0], "offset": [[0.1], [0.2], [0.3], [0.4], [0.5]]}

CASES: tuple[Case, ...] = (
    chain("conv-flatten", _CONV, _FLATTEN),
    chain("conv-flatten-first", _CONV_FIRST, {**_FLATTEN, **FIRST}),
    chain("conv-flatten-mixed", _CONV_FIRST, _FLATTEN, _DENSE),
    chain("conv-dense", _CONV, {**_DENSE, "activation": "softmax"}),
    chain("conv-dense-first", _CONV_FIRST, _DENSE),
    chain("conv-batchnorm-axis1", _CONV, {"type": "BatchNormalization", "axis": 1}),
    chain("conv-batchnorm-relu-pool", _CONV, {"type": "BatchNormalization"}, {"type": "ReLU"}, {"type": "MaxPooling2D"}),
    chain("conv-softmax-axis2", _CONV, {"type": "Activation", "activation": {"type": "softmax", "axis": 2}}),
    chain("conv-rescaling-vector", _CONV, {"type": "Rescaling", **_SCALES}),
    chain("bytes-rescaling-conv", {"type": "Rescaling", "scale": [0.1, 0.2, 0.3], "offset": -1.0}, _CONV, **BYTES),
    chain("bytes-permute-rescaling", {"type": "Permute", "dims": [2, 1, 3]}, {"type": "Rescaling", "scale": 0.1}, **BYTES),
    chain(
        "bytes-concatenate",
        {"type": "Concatenate", "inputs": ["x0", "x1"]},
        {"type": "Rescaling", "scale": 0.1},
        shapes=((5, 6, 3), (5, 6, 1)),
        **BYTES,
    ),
    chain(
        "conv-concatenate-axis1",
        _CONV,
        {"type": "Concatenate", "inputs": ["conv", "x1"], "axis": 1},
        shapes=((5, 6, 3), (2, 5, 4)),
    ),
    chain("conv-add-broadcast", _CONV, {"type": "Add", "inputs": ["conv", "x1"]}, shapes=((5, 6, 3), (1, 1, 4))),
    chain("conv-permute-conv", _CONV, {"type": "Permute", "dims": [2, 3, 1]}, {**_CONV, "name": "again"}),
    chain("conv-dropout-noise", _CONV, {"type": "Dropout", "rate": 0.5, "noise_shape": [None, 1, 1, None]}),
    chain("conv-both-formats", _CONV, {"type": "ReLU"}, {**_CONV_FIRST, "name": "again"}),
    chain(
        "conv1d-pool-both-formats",
        {"type": "Conv1D", "filters": 2, "kernel_size": 1},
        {"type": "MaxPooling1D", **FIRST},
        shapes=((3, 6),),
    ),
    chain(
        "conv1d-first-pool-last",
        {"type": "Conv1D", "filters": 4, "kernel_size": 2, **FIRST},
        {"type": "MaxPooling1D"},
        shapes=((3, 6),),
    ),
    chain("global-then-dense", {"type": "GlobalAveragePooling2D", "keepdims": True}, _DENSE),
    chain("batch-1", _CONV, _FLATTEN, batch=1),
    chain("batch-5", _CONV, _FLATTEN, batch=5),
    chain("two-outputs", _CONV, _FLATTEN, outputs=("conv", "flat")),
    chain(
        "two-inputs-two-outputs",
        _CONV,
        {"type": "Add", "inputs": ["x1", "x1"], "name": "twice"},
        shapes=((5, 6, 3), (3,)),
        outputs=("conv", "twice"),
    ),
)
