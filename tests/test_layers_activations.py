"""What activations refuse, and that a saved model keeps those that take several operations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from case import Case, case, chain
from cases import activation_layers, activations
from workers import Worker

import modelspec
from modelspec.diagnostics import SpecError

On = Callable[[str], Worker]

REFUSED: dict[str, tuple[dict[str, Any], tuple[int | str, ...], str, str]] = {
    "glu at the end of a layer": ({"type": "Dense", "units": 4, "activation": "glu"}, (4,), "MS203", "halves an axis"),
    "glu of an odd axis": ({"type": "Activation", "activation": "glu"}, (4, 3), "MS501", "even size along axis -1"),
    "glu of an unknown axis": (
        {"type": "Activation", "activation": {"type": "glu", "axis": 1}},
        ("length", 3),
        "MS501",
        "known, even size along axis 1",
    ),
    "glu of the batch": ({"type": "Activation", "activation": {"type": "glu", "axis": 0}}, (4,), "MS203", "axis is 0"),
    "sparsemax of no axis": (
        {"type": "Activation", "activation": {"type": "sparsemax", "axis": 2}},
        (4,),
        "MS203",
        "axis is 2",
    ),
    "threshold by name": ({"type": "Activation", "activation": "threshold"}, (4,), "MS204", "an object with both numbers"),
    "celu with alpha 0": ({"type": "Activation", "activation": {"type": "celu", "alpha": 0.0}}, (4,), "MS203", "alpha"),
    "softmax over no axis": ({"type": "Softmax", "axis": []}, (4,), "MS203", "one or more"),
    "softmax over an axis twice": ({"type": "Softmax", "axis": [1, -1]}, (4,), "MS203", "each once"),
    "softmax over the batch": ({"type": "Softmax", "axis": [0, 1]}, (4,), "MS203", "after the batch"),
    "prelu with a negative axis": ({"type": "PReLU", "shared_axes": [-1]}, (4, 3), "MS203", "axes 1 to 2"),
    "prelu with an axis twice": ({"type": "PReLU", "shared_axes": [1, 1]}, (4, 3), "MS203", "once"),
    "prelu of an unknown size": ({"type": "PReLU"}, ("length", 3), "MS501", "not shared"),
    "leaky with a negative slope": ({"type": "LeakyReLU", "negative_slope": -0.1}, (4,), "MS203", "negative_slope"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    step, shape, code, words = REFUSED[what]
    document = {"format_version": 1, "name": "refused", "inputs": {"x": {"shape": list(shape)}}, "layers": [step]}
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(modelspec.load(document))
    (finding,) = caught.value.diagnostics
    assert finding.code == code
    assert words in f"{finding.message} {finding.hint}"


_KINDS = (*activations.CASES, *activation_layers.CASES)
SAVED: tuple[Case, ...] = tuple(
    each
    for each in _KINDS
    if each.id.startswith(("Activation-", "PReLU-", "Softmax-", "ELU-", "LeakyReLU-", "Chain-"))
    and not each.id.endswith("-far")
)


def saved_and_loaded(
    document: dict[str, Any], inputs: dict[str, np.ndarray], path: str
) -> tuple[np.ndarray, np.ndarray, bytes]:
    """Return the outputs of a Keras model before and after it was saved, and the file's bytes. Runs in the worker."""
    import keras

    model = modelspec.compile(document, "keras")
    model.save(path)
    again = keras.models.load_model(path)
    (name,) = model.graph.inputs
    both = [np.asarray(native(inputs[name], training=False)) for native in (model.native, again)]
    return both[0], both[1], Path(path).read_bytes()


@pytest.mark.parametrize("each", SAVED, ids=lambda each: each.id)
def test_keras_loads_what_it_saved_without_custom_objects(each: Case, on: On, tmp_path: Path) -> None:
    made, loaded, first = on("keras").call(saved_and_loaded, each.document, each.inputs(), str(tmp_path / "a.keras"))
    np.testing.assert_array_equal(made, loaded)
    assert on("keras").call(saved_and_loaded, each.document, each.inputs(), str(tmp_path / "b.keras"))[2] == first


def exported(document: dict[str, Any], inputs: dict[str, np.ndarray], path: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the outputs of a PyTorch model and of the program that it was saved as. Runs in the worker."""
    import torch

    model = modelspec.compile(document, "torch")
    model.save(path)
    tensors = [torch.from_numpy(array) for array in inputs.values()]
    with torch.inference_mode():
        return model.native.eval()(*tensors).numpy(), torch.export.load(path).module()(*tensors).numpy()


@pytest.mark.parametrize("each", SAVED, ids=lambda each: each.id)
def test_torch_exports_them(each: Case, on: On, tmp_path: Path) -> None:
    made, loaded = on("torch").call(exported, each.document, each.inputs(), str(tmp_path / "a.pt2"))
    np.testing.assert_allclose(made, loaded, rtol=1e-6, atol=1e-6)


def operators(document: dict[str, Any]) -> list[str]:
    """Return the operators of the ONNX model. Runs in the worker."""
    return [node.op_type for node in modelspec.compile(document, "onnx").native.graph.node]


@pytest.mark.parametrize(("shared", "moves"), [([1, 2], 0), ([1, 2, 3], 0), ([2, 3], 0), (None, 2), ([2], 2)], ids=str)
def test_slopes_of_channels_move_with_them(shared: list[int] | None, moves: int, on: On) -> None:
    """Between two convolutions only a PReLU whose numbers change their order needs the spec's."""
    conv = {"type": "Conv2D", "filters": 4, "kernel_size": 2}
    each = chain("slopes", conv, {"type": "PReLU", "shared_axes": shared}, conv)
    found = on("onnx").call(operators, each.document)
    between = found[found.index("Conv") + 1 : len(found) - found[::-1].index("Conv") - 1]
    assert between.count("Transpose") == moves


@pytest.mark.parametrize("opset", [17, 18, 20, 21])
@pytest.mark.parametrize("name", ["sparsemax", "glu", "mish", "hard_silu", "step", "celu"])
def test_every_operator_set_has_them(name: str, opset: int, on: On) -> None:
    each = case("Activation", name, (3, 6), activation=name)
    assert on("onnx").call(checked, each.document, opset) == opset


def checked(document: dict[str, Any], opset: int) -> int:
    """Check the ONNX model in full, run it, and return its operator set. Runs in the worker."""
    import onnx

    model = modelspec.compile(document, "onnx", target=f"opset=={opset}")
    onnx.checker.check_model(model.native, full_check=True)
    model({"x0": np.ones((2, 3, 6), np.float32)})
    return model.native.opset_import[0].version
