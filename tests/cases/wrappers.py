"""Cases of wrappers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import BYTES, FIRST, INITIAL

_X = (6, 3)
_LSTM: dict[str, Any] = {"type": "LSTM", "units": 4}
_GRU: dict[str, Any] = {"type": "GRU", "units": 4}
_SIMPLE: dict[str, Any] = {"type": "SimpleRNN", "units": 4}
_SEQUENCES: dict[str, Any] = {"return_sequences": True}
_BACKWARDS: dict[str, Any] = {"go_backwards": True}
_DENSE: dict[str, Any] = {"type": "Dense", "units": 5}
_CONV: dict[str, Any] = {"type": "Conv2D", "filters": 4, "kernel_size": 2}
_FREE_TIME: dict[str, Any] = {"spec": {"sizes": {"time": 7}}}
_FREE_SIZES: dict[str, Any] = {"spec": {"sizes": {"height": 5, "width": 6}}}
_FREE_ALL: dict[str, Any] = {"spec": {"sizes": {"time": 3, "height": 5, "width": 6}}}
_TABLE: dict[str, Any] = {"type": "Embedding", "input_dim": 24, "output_dim": 3}
_IMAGE = (5, 6, 3)
_VIDEO = (4, *_IMAGE)
_DEPTHWISE: dict[str, Any] = {"type": "DepthwiseConv2D", "kernel_size": 3, "depth_multiplier": 2}
_SEPARABLE: dict[str, Any] = {"type": "SeparableConv2D", "filters": 4, "kernel_size": 2, "depth_multiplier": 2}
_RANDOM: dict[str, Any] = {"kernel_initializer": "he_normal", "bias_initializer": "random_normal"}

CASES: tuple[Case, ...] = (
    case("Bidirectional", "defaults", _X, layer=_LSTM),
    case("Bidirectional", "sequences", _X, layer={**_LSTM, **_SEQUENCES}),
    case("Bidirectional", "gru", _X, layer={**_GRU, **_SEQUENCES}),
    case("Bidirectional", "gru-reset-before", _X, layer={**_GRU, "reset_after": False, **_SEQUENCES}),
    case("Bidirectional", "simple", _X, layer={**_SIMPLE, **_SEQUENCES}),
    case("Bidirectional", "no-bias", _X, layer={**_LSTM, "use_bias": False}),
    case("Bidirectional", "relu", _X, layer={**_LSTM, "activation": "relu", **_SEQUENCES}),
    case("Bidirectional", "dropout", _X, layer={**_LSTM, "dropout": 0.3, "recurrent_dropout": 0.2, "seed": 1}),
    *(case("Bidirectional", mode, _X, layer=_GRU, merge_mode=mode) for mode in ("sum", "mul", "ave", "concat")),
    *(
        case("Bidirectional", f"{mode}-sequences", _X, layer={**_GRU, **_SEQUENCES}, merge_mode=mode)
        for mode in ("sum", "mul", "ave")
    ),
    case("Bidirectional", "backward-layer", _X, layer=_LSTM, backward_layer={**_LSTM, "activation": "relu", **_BACKWARDS}),
    case(
        "Bidirectional",
        "backward-layer-of-other-kind",
        _X,
        layer={**_LSTM, **_SEQUENCES},
        backward_layer={**_GRU, "units": 3, **_BACKWARDS, **_SEQUENCES},
    ),
    case(
        "Bidirectional",
        "first-backwards",
        _X,
        layer={**_GRU, **_BACKWARDS, **_SEQUENCES},
        backward_layer={**_GRU, **_SEQUENCES},
    ),
    case("Bidirectional", "hard-gates", _X, layer={**_LSTM, "recurrent_activation": "hard_sigmoid"}),
    case("Bidirectional", "free", ("time", 3), layer={**_LSTM, **_SEQUENCES}, **_FREE_TIME),
    case("Bidirectional", "free-last", ("time", 3), layer=_GRU, **_FREE_TIME),
    case("Bidirectional", "initial", _X, layer=_LSTM, spec=INITIAL),
    case("SpectralNormalization", "dense", (3,), layer=_DENSE, power_iterations=2),
    case("SpectralNormalization", "dense-fused", (4, 3), layer={**_DENSE, "activation": {"type": "elu", "alpha": 0.5}}),
    case("SpectralNormalization", "embedding", (3,), layer=_TABLE, spec={"shift": 12.0}),
    case("SpectralNormalization", "conv", _IMAGE, layer={**_CONV, "padding": "same", "strides": 2}),
    case("SpectralNormalization", "conv-first", (3, 5, 6), layer={**_CONV, **FIRST}),
    case("SpectralNormalization", "conv-softmax", _IMAGE, layer={**_CONV, "activation": "softmax"}),
    case("SpectralNormalization", "conv1d", (7, 3), layer={**_CONV, "type": "Conv1D", "padding": "causal"}),
    case("SpectralNormalization", "conv3d", (4, 3, 5, 2), layer={"type": "Conv3D", "filters": 3, "kernel_size": 2}),
    case("SpectralNormalization", "transposed1d", (5, 3), layer={"type": "Conv1DTranspose", "filters": 2, "kernel_size": 3}),
    case("SpectralNormalization", "transposed", _IMAGE, layer={**_CONV, "type": "Conv2DTranspose", "strides": 2}),
    case("SpectralNormalization", "transposed3d", (3, 2, 3, 2), layer={**_CONV, "type": "Conv3DTranspose"}),
    case("SpectralNormalization", "depthwise1d", (7, 3), layer={"type": "DepthwiseConv1D", "kernel_size": 3}),
    case("SpectralNormalization", "depthwise", _IMAGE, layer=_DEPTHWISE),
    case("SpectralNormalization", "frozen", (3,), layer={**_DENSE, "trainable": False}),
    case("SpectralNormalization", "free-sizes", ("height", "width", 3), layer=_CONV, **_FREE_SIZES),
    case("SpectralNormalization", "initial", (3,), layer={**_DENSE, **_RANDOM}, spec=INITIAL),
    case("TimeDistributed", "dense", (4, 3), layer=_DENSE),
    case("TimeDistributed", "dense-fused", (4, 3), layer={**_DENSE, "activation": "softmax"}),
    case("TimeDistributed", "dense-fused-elu", (4, 3), layer={**_DENSE, "activation": {"type": "elu", "alpha": 0.5}}),
    case("TimeDistributed", "dense-fused-gelu", (4, 3), layer={**_DENSE, "activation": "gelu"}),
    case("TimeDistributed", "dense-fused-step", (4, 3), layer={**_DENSE, "activation": "step"}),
    case("TimeDistributed", "activation-step", (4, 3), layer={"type": "Activation", "activation": "step"}),
    case("TimeDistributed", "one-step", (1, 3), layer=_DENSE),
    case("TimeDistributed", "conv", _VIDEO, layer=_CONV),
    case("TimeDistributed", "conv-same", _VIDEO, layer={**_CONV, "padding": "same", "strides": 2, "activation": "relu"}),
    case("TimeDistributed", "depthwise", _VIDEO, layer={"type": "DepthwiseConv2D", "kernel_size": 3}),
    case("TimeDistributed", "pool", _VIDEO, layer={"type": "MaxPooling2D"}),
    case("TimeDistributed", "global-pool", _VIDEO, layer={"type": "GlobalAveragePooling2D"}),
    case("TimeDistributed", "flatten", _VIDEO, layer={"type": "Flatten"}),
    case("TimeDistributed", "dropout", _VIDEO, layer={"type": "Dropout", "rate": 0.5}),
    case("TimeDistributed", "bytes", (4, 5, 2), layer={"type": "Rescaling", "scale": 0.1, "offset": -1.0}, spec=BYTES),
    case("TimeDistributed", "lstm", (3, 5, 2), layer=_LSTM),
    case("TimeDistributed", "bidirectional", (3, 5, 2), layer={"type": "Bidirectional", "layer": _LSTM}),
    case("TimeDistributed", "separable", _VIDEO, layer=_SEPARABLE),
    case("TimeDistributed", "separable-first", (4, 3, 5, 6), layer={**_SEPARABLE, **FIRST}),
    case("TimeDistributed", "center-crop-bytes", _VIDEO, layer={"type": "CenterCrop", "height": 3, "width": 4}, spec=BYTES),
    case("TimeDistributed", "center-crop-resizes", _VIDEO, layer={"type": "CenterCrop", "height": 10, "width": 10}),
    case("TimeDistributed", "free-sizes", (4, "height", "width", 3), layer=_CONV, **_FREE_SIZES),
    case("TimeDistributed", "free-time", ("time", 3), layer=_DENSE, **_FREE_TIME),
    case("TimeDistributed", "free-time-conv", ("time", 5, 6, 3), layer={**_CONV, "padding": "same"}, **_FREE_TIME),
    case("TimeDistributed", "free-time-pool", ("time", 5, 6, 3), layer={"type": "GlobalAveragePooling2D"}, **_FREE_TIME),
    case("TimeDistributed", "free-time-separable", ("time", 5, 6, 3), layer=_SEPARABLE, **_FREE_TIME),
    case("TimeDistributed", "free-time-lstm", ("time", 5, 2), layer=_LSTM, **_FREE_TIME),
    case("TimeDistributed", "free-all", ("time", "height", "width", 3), layer=_CONV, **_FREE_ALL),
    case("TimeDistributed", "free-one-step", ("time", 3), layer=_DENSE, spec={"sizes": {"time": 1}, "batch": 1}),
    case("TimeDistributed", "rms-axis1", (4, 5, 3), layer={"type": "RMSNormalization", "axis": 1}),
    case("TimeDistributed", "rms", (4, 5, 3), layer={"type": "RMSNormalization"}),
    case("TimeDistributed", "adapted", (4, 5, 3), layer={"type": "Normalization"}, spec=INITIAL),
    case("TimeDistributed", "batch-1", _VIDEO, layer=_CONV, spec={"batch": 1}),
    case("TimeDistributed", "initial", (4, 3), layer={**_DENSE, **_RANDOM}, spec=INITIAL),
    chain(
        "video",
        {"type": "TimeDistributed", "layer": _CONV},
        {"type": "TimeDistributed", "layer": {"type": "GlobalAveragePooling2D"}},
        {"type": "Bidirectional", "layer": _GRU},
        {"type": "Dense", "units": 3},
        shapes=(_VIDEO,),
    ),
    chain(
        "conv1d-lstm",
        {"type": "Conv1D", "filters": 4, "kernel_size": 3},
        {"type": "LSTM", "units": 3},
        {"type": "Dense", "units": 2},
        shapes=((9, 3),),
    ),
)  # fmt: skip
