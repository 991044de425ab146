"""The networks that the shipped specs are measured against, as Keras users write them. Runs in the keras worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from workers import Array


def make_model(input_shape: tuple[int | None, ...], num_classes: int) -> Any:
    """Return the lecture's network, line by line as the lecture has it."""
    import keras
    from keras import layers

    inputs = keras.Input(shape=input_shape)
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = layers.Conv2D(32, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.Conv2D(64, 3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x
    for size in [128, 256, 512, 728]:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(size, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])
        previous_block_activation = x
    x = layers.SeparableConv2D(1024, 3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    if num_classes == 2:
        activation, units = "sigmoid", 1
    else:
        activation, units = "softmax", num_classes
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, outputs)


@contextmanager
def _fresh(dtype: str) -> Iterator[None]:
    """Number layers from the start, so that names follow the order of creation, and compute in a data type."""
    import keras

    before = keras.config.dtype_policy()
    keras.backend.clear_session()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def lecture(
    input_shape: tuple[int | None, ...], num_classes: int, weights: Mapping[str, Array], inputs: Array, dtype: str
) -> Array:
    """Return what the lecture's function gives with canonical weights, matched by type and order of creation."""
    import keras

    with _fresh(dtype):
        model = make_model(input_shape, num_classes)
        _same_constants(model)
        counts: dict[str, int] = {}
        layers = {layer.name: layer for layer in model.layers}
        done: dict[str, str] = {}
        for key, array in weights.items():
            path, _, name = key.rpartition("/")
            if path not in done:
                kind = _kind(name, path)
                number = counts.get(kind, 0)
                counts[kind] = number + 1
                done[path] = f"{kind}_{number}" if number else kind
            getattr(layers[done[path]], name).assign(array)
        assert sum(counts.values()) == sum(bool(layer.weights) for layer in model.layers)
        return keras.ops.convert_to_numpy(model(inputs, training=False))


def _same_constants(model: Any) -> None:
    """Give Keras the constants of a spec, to the last bit of float64.

    A spec's epsilon is rounded to float32, because an ONNX attribute holds no more. Keras rounds the Python floats of a
    Rescaling to float32, in float64 models too; NumPy's it leaves alone. Either difference shows as 1e-10 at the output.
    """
    for layer in model.layers:
        if hasattr(layer, "epsilon"):
            layer.epsilon = float(np.float32(layer.epsilon))
        if hasattr(layer, "scale") and type(layer).__name__ == "Rescaling":
            layer.scale = np.float64(layer.scale)


def _kind(first_weight: str, path: str) -> str:
    if first_weight == "kernel":
        return "dense" if path == "predictions" else "conv2d"
    return {"depthwise_kernel": "separable_conv2d", "gamma": "batch_normalization"}[first_weight]


def _published_names() -> dict[str, str]:
    """Map our layers to those of ``keras.applications.Xception``, which names all but the shortcuts."""
    names = {"predictions": "predictions"}
    for ours, theirs in (("conv_bn", "block1_conv1"), ("conv_bn_2", "block1_conv2")):
        names |= {f"{ours}/conv2d": theirs, f"{ours}/batch_normalization": f"{theirs}_bn"}
    sepconvs = {f"entry_{k}/sepconv_bn{'_2' * (j == 2)}": f"block{k + 1}_sepconv{j}" for k in (1, 2, 3) for j in (1, 2)}
    sepconvs |= {f"middle_{k}/unit_{j}/sepconv_bn": f"block{k + 4}_sepconv{j}" for k in range(1, 9) for j in (1, 2, 3)}
    sepconvs |= {f"exit/sepconv_bn{'_2' * (j == 2)}": f"block13_sepconv{j}" for j in (1, 2)}
    sepconvs |= {f"final_{j}/sepconv_bn": f"block14_sepconv{j}" for j in (1, 2)}
    for ours, theirs in sepconvs.items():
        names |= {f"{ours}/separable_conv2d": theirs, f"{ours}/batch_normalization": f"{theirs}_bn"}
    for number, block in enumerate(("entry_1", "entry_2", "entry_3", "exit")):
        suffix = f"_{number}" if number else ""
        names |= {
            f"{block}/shortcut/conv2d": f"conv2d{suffix}",
            f"{block}/shortcut/batch_normalization": f"batch_normalization{suffix}",
        }
    return names


def published(
    input_shape: tuple[int, ...], num_classes: int, changes: Mapping[str, Array], inputs: Array, dtype: str
) -> tuple[dict[str, Array], Array, tuple[int, int]]:
    """Return Keras's own Xception without trained weights: its weights as canonical arrays, its output, its parameter counts.

    ``changes`` replace some of its weights first, so that no batch normalization is the identity; ``inputs`` are pixels.
    """
    import keras

    with _fresh(dtype):
        keras.utils.set_random_seed(0)
        model = keras.applications.Xception(weights=None, input_shape=input_shape, classes=num_classes)
        _same_constants(model)
        arrays: dict[str, Array] = {}
        for ours, theirs in _published_names().items():
            layer = model.get_layer(theirs)
            for variable in layer.weights:
                key = f"{ours}/{variable.name}"
                if key in changes:
                    variable.assign(changes[key])
                arrays[key] = keras.ops.convert_to_numpy(variable)
        pixels = keras.applications.xception.preprocess_input(inputs.copy())
        trainable = sum(int(np.prod(variable.shape)) for variable in model.trainable_weights)
        return arrays, keras.ops.convert_to_numpy(model(pixels, training=False)), (model.count_params(), trainable)
