"""What attention layers refuse, and what becomes of them in files and in training."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from case import generator
from gates import random_weights
from workers import BACKENDS, Array, Worker

import modelspec
from modelspec import SpecError
from modelspec import weights as canonical
from modelspec.cli import main

On = Callable[[str], Worker]
Json = dict[str, Any]

LINE, SHORT, IMAGE = (5, 6), (4, 6), (3, 4, 6)
HEADS: Json = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3}
GROUPS: Json = {"type": "GroupQueryAttention", "head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
DOT: Json = {"type": "Attention"}
ADDITIVE: Json = {"type": "AdditiveAttention"}
MASK: Json = {"attention_mask": True}
POINTS: Json = {"use_causal_mask": True}


@pytest.mark.parametrize(
    ("layer", "shapes", "code", "words"),
    [
        (HEADS, [LINE], "MS502", "takes 2 to 4 inputs"),
        (HEADS, [LINE] * 4, "MS502", "takes 2 inputs (query, value), or 3 with a key after the value, but gets 4"),
        ({**HEADS, **MASK}, [LINE, LINE], "MS502", "takes 3 inputs (query, value, mask), or 4"),
        ({**DOT, "query_mask": True}, [LINE, LINE], "MS502", "takes 3 inputs (query, value, query mask), or 4"),
        ({**DOT, "value_mask": True}, [LINE] * 5, "MS502", "takes 3 inputs (query, value, value mask), or 4"),
        (HEADS, [(6,), (6,)], "MS501", "must have as many axes, [length, features] at the least"),
        (HEADS, [LINE, IMAGE], "MS501", "must have as many axes"),
        (HEADS, [LINE, SHORT, LINE], "MS501", "value and key must have equal sizes but for the features"),
        (HEADS, [(5, "width"), LINE], "MS501", "needs a known size along the last axis, but its query is [5, width]"),
        (
            {**HEADS, "attention_axes": 2},
            [IMAGE, (2, 4, 6)],
            "MS501",
            "differ along axis 1, which attention does not run along",
        ),
        ({**HEADS, "attention_axes": 3}, [IMAGE, IMAGE], "MS203", "attention_axes is [3]"),
        ({**HEADS, "attention_axes": [1, -3]}, [IMAGE, IMAGE], "MS203", "each to be named once"),
        ({**HEADS, "attention_axes": []}, [IMAGE, IMAGE], "MS204", "an integer or a list of one or more integers"),
        ({**HEADS, "attention_axes": 2, **POINTS}, [IMAGE, IMAGE], "MS203", "along axis 1 alone"),
        ({**HEADS, "sliding_window": 2}, [IMAGE, IMAGE], "MS203", "along axis 1 alone"),
        ({**HEADS, "sliding_window": 0}, [LINE, LINE], "MS203", "sliding_window"),
        ({**HEADS, "output_shape": 0}, [LINE, LINE], "MS203", "output_shape"),
        ({**HEADS, "dropout": 1.0}, [LINE, LINE], "MS203", "dropout"),
        ({**HEADS, "kernel_initializer": "identity"}, [LINE, LINE], "MS203", "an identity matrix has two axes"),
        ({**HEADS, **MASK}, [LINE, SHORT, (5, 4)], "MS503", 'give the input the dtype "bool"'),
        (GROUPS, [IMAGE, IMAGE], "MS501", "takes sequences [length, features], but its query is [3, 4, 6]"),
        (GROUPS, [LINE, (4, 5)], "MS501", "differ in features"),
        (
            {**GROUPS, "num_key_value_heads": 3},
            [LINE, LINE],
            "MS203",
            "num_query_heads is 4, which 3 key and value heads cannot",
        ),
        (DOT, [LINE, (4, 5)], "MS501", "query [5, 6] and key [4, 5] have different numbers of features"),
        (DOT, [IMAGE, IMAGE], "MS501", "takes sequences"),
        ({**DOT, "score_mode": "product"}, [LINE, LINE], "MS203", "score_mode"),
        (ADDITIVE, [(5, "width"), (4, "width")], "MS501", "needs a known size along the last axis"),
    ],
)
def test_refused(layer: Json, shapes: list[tuple[Any, ...]], code: str, words: str) -> None:
    refused(layer, {f"x{i}": {"shape": list(shape)} for i, shape in enumerate(shapes)}, code, words)


@pytest.mark.parametrize(
    ("layer", "shapes", "words"),
    [
        ({**HEADS, **MASK}, [LINE, SHORT, (4, 5)], "has the shape [4, 5]; it needs [5, 4], where a size may be 1"),
        ({**HEADS, **MASK}, [LINE, SHORT, (2, 5, 4)], "it needs [5, 4]"),
        ({**HEADS, **MASK}, [IMAGE, IMAGE, (3, 4, 3, 1)], "it needs [3, 4, 3, 4]"),
        ({**DOT, "query_mask": True}, [LINE, SHORT, (4,)], "has the shape [4]; it needs [5]"),
        ({**ADDITIVE, "value_mask": True}, [LINE, SHORT, (5,)], "has the shape [5]; it needs [4]"),
    ],
)
def test_masks_that_do_not_fit(layer: Json, shapes: list[tuple[int, ...]], words: str) -> None:
    inputs: Json = {f"x{i}": {"shape": list(shape)} for i, shape in enumerate(shapes)}
    inputs[f"x{len(shapes) - 1}"]["dtype"] = "bool"
    refused(layer, inputs, "MS501", words)


def test_multiply_adds_count_the_projections() -> None:
    (node,) = built({**HEADS, "value_dim": 4, "output_shape": 7}, {"x0": {"shape": [5, 6]}, "x1": {"shape": [4, 8]}}).nodes
    assert node.multiply_adds == 5 * 6 * 2 * 3 + 4 * 8 * 2 * 3 + 4 * 8 * 2 * 4 + 5 * 2 * 4 * 7


def test_weights_stand_in_the_order_of_keras() -> None:
    (node,) = built({**GROUPS, "use_gate": True}, {"x0": {"shape": [5, 6]}, "x1": {"shape": [4, 6]}}).nodes
    assert {bound.weight.name: bound.weight.shape for bound in node.weights} == {
        "query_kernel": (6, 4, 3), "query_bias": (4, 3), "key_kernel": (6, 2, 3), "key_bias": (2, 3),
        "gate_kernel": (6, 4, 3), "gate_bias": (4, 3), "value_kernel": (6, 2, 3), "value_bias": (2, 3),
        "output_kernel": (4, 3, 6), "output_bias": (6,),
    }  # fmt: skip


EVERYTHING: Json = {
    "format_version": 1,
    "name": "everything",
    "inputs": {
        "x": {"shape": ["time", 6]},
        "seen": {"shape": ["time", "time"], "dtype": "bool"},
        "kept": {"shape": ["time"], "dtype": "bool"},
    },
    "layers": [
        {**HEADS, **MASK, "name": "heads", "inputs": ["x", "x", "seen"], "use_gate": True, "dropout": 0.5, "seed": 3},
        {**GROUPS, **POINTS, "name": "groups", "inputs": ["heads", "x"], "sliding_window": 2},
        {**HEADS, "name": "plain", "inputs": ["groups", "groups"]},
        {
            **DOT,
            "name": "dot",
            "inputs": ["plain", "x", "kept", "kept"],
            "query_mask": True,
            "value_mask": True,
            "use_scale": True,
        },
        {**ADDITIVE, "name": "additive", "inputs": ["dot", "heads"], "dropout": 0.5, "seed": 4},
    ],
}


def arrays(time: int, batch: int = 2) -> dict[str, Array]:
    random = generator(f"everything/{time}")
    kept = random.random((batch, time)) < 0.6
    kept[:, 0] = True
    x = random.normal(size=(batch, time, 6)).astype(np.float32)
    return {"x": x, "seen": random.random((batch, time, time)) < 0.6, "kept": kept}


def keras_saved(weights: Mapping[str, Array], path: str) -> list[tuple[Array, Array]]:
    """Run in the keras worker: outputs of the compiled model and of what ``load_model`` makes of its file."""
    import keras

    model = modelspec.compile(EVERYTHING, "keras", weights=weights)
    model.save(path)
    again = keras.models.load_model(path)
    given = [arrays(time) for time in (5, 3)]
    return [(model(it)["additive"], keras.ops.convert_to_numpy(again(list(it.values()), training=False))) for it in given]


def torch_saved(weights: Mapping[str, Array], path: str) -> list[tuple[Array, Array]]:
    """Run in the torch worker: outputs of the compiled model and of what ``torch.export.load`` makes of its file."""
    import torch

    model = modelspec.compile(EVERYTHING, "torch", weights=weights)
    model.save(path)
    again = torch.export.load(path).module()
    given = [arrays(time) for time in (5, 3)]
    return [(model(it)["additive"], again(*map(torch.from_numpy, it.values())).numpy(force=True)) for it in given]


def take(model: str, spec: str, output: str) -> int:
    """Run ``modelspec weights take``, in a worker."""
    return main(["weights", "take", model, "--spec", spec, "-o", output])


@pytest.mark.parametrize(("backend", "function", "name"), [("keras", keras_saved, "a.keras"), ("torch", torch_saved, "a.pt2")])
def test_a_saved_model_loads_and_gives_its_weights_back(
    on: On, backend: str, function: Callable[..., Any], name: str, tmp_path: Path
) -> None:
    weights = random_weights(modelspec.elaborate(modelspec.load(EVERYTHING)), seed=9)
    for before, after in on(backend).call(function, weights, str(tmp_path / name)):
        np.testing.assert_allclose(after, before, rtol=0, atol=1e-6)
    spec, output = tmp_path / "spec.json", tmp_path / "taken.safetensors"
    spec.write_text(json.dumps(EVERYTHING))
    assert on(backend).call(take, str(tmp_path / name), str(spec), str(output)) == 0
    found = canonical.read(output)
    assert found.keys() == weights.keys()
    assert all(np.array_equal(found[key], weights[key]) for key in weights)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layer", [DOT, ADDITIVE], ids=lambda layer: layer["type"])
def test_an_example_whose_values_are_all_masked_has_numbers(on: On, backend: str, layer: Json) -> None:
    inputs: Json = {"x": {"shape": [5, 6]}, "m": {"shape": [5], "dtype": "bool"}}
    steps = [{**layer, "name": "layer", "inputs": ["x", "x", "m"], "value_mask": True}]
    x = generator("masked").normal(size=(2, 5, 6)).astype(np.float32)
    given = {"x": x, "m": np.zeros((2, 5), bool)}
    document = {"format_version": 1, "name": "masked", "inputs": inputs, "layers": steps}
    found = on(backend).run(document, inputs=given)["layer"]
    assert np.isfinite(found).all()
    assert (found.min(1) >= x.min(1) - 1e-6).all()
    assert (found.max(1) <= x.max(1) + 1e-6).all()


def masks_that_travel(inputs: Mapping[str, Array]) -> list[bool]:
    """Run in the keras worker: whether an output carries an implicit mask, on which losses and later layers would act."""
    from keras.src.backend import get_keras_mask

    steps = [*EVERYTHING["layers"][:-1]]
    model = modelspec.compile({**EVERYTHING, "layers": steps, "outputs": ["heads", "dot"]}, "keras")
    made = model.native(list(inputs.values()))
    return [get_keras_mask(value) is not None for value in made.values()]


def test_no_mask_travels_on_with_an_output(on: On) -> None:
    assert on("keras").call(masks_that_travel, arrays(5)) == [False, False]


def trained_outputs(backend: str) -> list[Array]:
    """Run in the torch worker: two calls of each of two models in training mode."""
    import torch

    given = [torch.from_numpy(array) for array in arrays(5).values()]
    models = [modelspec.compile(EVERYTHING, backend, seed=1).native.train() for _ in range(2)]
    return [model(*given).numpy(force=True) for model in models for _ in range(2)]


def test_seeds_decide_what_training_drops(on: On) -> None:
    first, second, again, last = on("torch").call(trained_outputs, "torch")
    assert np.array_equal(first, again)
    assert np.array_equal(second, last)
    assert not np.allclose(first, second)


def document(layer: Json, inputs: Json) -> Json:
    return {"format_version": 1, "name": "net", "inputs": inputs, "layers": [{**layer, "inputs": list(inputs)}]}


def built(layer: Json, inputs: Json) -> modelspec.Graph:
    return modelspec.elaborate(modelspec.load(document(layer, inputs)))


def refused(layer: Json, inputs: Json, code: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        built(layer, inputs)
    finding = caught.value.diagnostics[0]
    assert finding.code == code
    assert words in f"{finding.message} {finding.hint}"
