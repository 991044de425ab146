"""Differential fuzzing: what is drawn is valid and covers the catalogue, backends agree on it, and what fails is made small."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_verify import even_padding
from workers import BACKENDS

import modelspec
from modelspec.cli import main
from modelspec.fuzz.choices import Choices
from modelspec.fuzz.fields import Site, fields_of
from modelspec.fuzz.flat import flat
from modelspec.fuzz.generate import fitted, generate
from modelspec.fuzz.run import Outcome, fuzz, outcome
from modelspec.fuzz.shrink import shrunk
from modelspec.graph import Graph
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer
from modelspec.layers.fields import Share, Size2D
from modelspec.tensors import Symbol, TensorType
from modelspec.verify import Verifier

FIXTURES = sorted((Path(__file__).parent / "fixtures" / "fuzz").glob("*.json"))
"""Specs that once failed, each with the seed of the weights and inputs after the dash of its name."""


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    with Verifier(BACKENDS) as made:
        yield made


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_what_once_failed_does_not_fail(verifier: Verifier, path: Path) -> None:
    document = json.loads(path.read_text())
    assert document["description"], "a fixture says what it caught"
    found = outcome(document, int(path.stem.rpartition("-")[2]), verifier)
    assert not found.is_fault, _said(document, found)


@st.composite
def documents(draw: st.DrawFn, layers: int = 5) -> dict[str, Any]:
    return generate(Choices(lambda low, high: draw(st.integers(low, high))), layers)


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(document=documents())
def test_backends_agree_on_what_hypothesis_draws(verifier: Verifier, document: dict[str, Any]) -> None:
    found = outcome(document, 0, verifier)
    assert not found.is_fault, _said(document, found)


def _said(document: dict[str, Any], found: Outcome) -> str:
    return f"{found.kind} {found.what}: {found.found.divergence}\n{json.dumps(document)}\n" + "\n".join(
        it.reason for it in found.found.backends if it.status == "failed"
    )


@pytest.fixture(scope="module")
def drawn() -> list[tuple[dict[str, Any], Graph]]:
    """The first specs that are drawn, which are all valid."""
    documents = [generate(Choices.seeded(seed)) for seed in range(700)]
    return [(document, modelspec.elaborate(document)) for document in documents]


def test_every_layer_and_nearly_every_field_is_drawn(drawn: list[tuple[dict[str, Any], Graph]]) -> None:
    nodes = [node for _, graph in drawn for node in graph.nodes]
    assert {node.layer.kind for node in nodes} == {*LAYERS}
    fields = {(node.layer.kind, name) for node in nodes for name in node.layer.model_fields_set}
    declared = {(kind, name) for kind in LAYERS for name in LAYERS[kind].model_fields if _matters(name)}
    missing = declared - fields
    assert len(missing) <= 0.01 * len(declared), sorted(missing)


CONSTRUCTS: dict[str, Callable[[Graph, str], bool]] = {
    "several inputs": lambda graph, _: len(graph.inputs) > 1,
    "several outputs": lambda graph, _: len(graph.outputs) > 1,
    "an output that is read, too": lambda graph, _: any(set(node.inputs) & {*graph.outputs.values()} for node in graph.nodes),
    "a value that several layers read": lambda graph, _: max(Counter(_read(graph)).values()) > 1,
    "a layer that reads several values": lambda graph, _: any(len({*node.inputs}) > 1 for node in graph.nodes),
    "more layers than steps": lambda graph, text: len(graph.nodes) > text.count('"type"'),
    "a free size": lambda graph, _: any(isinstance(size, Symbol) for kind in graph.inputs.values() for size in kind.shape),
    **{
        word: lambda _, text, word=word: word in text
        for word in ("channels_last", "channels_first", "float64", "int32", "uint8")
    },
    **{
        word: lambda _, text, word=word: f'"{word}": ' in text
        for word in ("for", "in", "if", "then", "else", "block", "with", "parameters")
    },
    **{word: lambda _, text, word=word: word in text for word in (".shape[", " if ", "len(", "max(", " // ", '"range"')},
}
"""What a spec can hold: each must be drawn often, so that nothing is compared in one kind of network alone."""


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_every_construct_is_drawn(construct: str, drawn: list[tuple[dict[str, Any], Graph]]) -> None:
    holds = CONSTRUCTS[construct]
    assert sum(holds(graph, json.dumps(document)) for document, graph in drawn) >= 5


def _read(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        yield from {*node.inputs}


def _matters(name: str) -> bool:
    """Return whether a field makes a difference in inference and is taken."""
    ends = ("type", "initializer", "regularizer", "constraint", "seed", "trainable", "synchronized", "antialias", "mask_zero")
    return not name.endswith(ends)


def test_a_seed_makes_one_spec() -> None:
    first, again = ([generate(Choices.seeded(seed)) for seed in range(20)] for _ in range(2))
    assert first == again
    assert len({json.dumps(document) for document in first}) > 15


class Doubled(Layer):
    """A layer that nobody told the generator of."""

    type: Literal["Doubled"] = "Doubled"
    window: Size2D
    share: Share = 0.5

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return inputs[0]


def test_the_fields_of_a_new_layer_follow_from_its_types() -> None:
    choices, site = Choices.seeded(3), Site((TensorType((4, 4, 3), "float32"),), "channels_last")
    drawn = [fields_of(Doubled, site, choices) for _ in range(60)]
    assert all(fitted(Doubled, fields, site.inputs, "channels_last") for fields in drawn)
    assert {type(fields["window"]) for fields in drawn} == {int, list}
    assert {fields.get("share") for fields in drawn} >= {None, 0.0, 0.5, 1.0}


@pytest.mark.parametrize("seed", range(30))
def test_a_flat_document_has_the_same_layers(seed: int) -> None:
    graph = modelspec.elaborate(generate(Choices.seeded(seed)))
    again = modelspec.elaborate(flat(graph))
    assert [(node.layer, node.input_types, node.output) for node in again.nodes] == [
        (node.layer, node.input_types, node.output) for node in graph.nodes
    ]


def test_shrinking_keeps_what_makes_a_document_fail() -> None:
    """Of a whole network with blocks and loops, the one layer that is at fault stays, with small sizes and no other fields."""
    document = next(
        document
        for seed in range(500)
        if _strided_conv(document := generate(Choices.seeded(seed))) and len(modelspec.elaborate(document).nodes) > 4
    )
    small = shrunk(document, _strided_conv)
    (step,) = small["layers"]
    assert step["type"] == "Conv2D"
    assert max(step["strides"] if isinstance(step["strides"], list) else [step["strides"]]) == 2
    assert step.keys() == {"type", "name", "inputs", "filters", "kernel_size", "strides"}
    assert step["filters"] == 1
    (read,) = small["inputs"].values()
    assert len(read["shape"]) == 3


def _strided_conv(document: dict[str, Any]) -> bool:
    return any(node.layer.kind == "Conv2D" and max(node.layer.strides) > 1 for node in modelspec.elaborate(document).nodes)


def test_a_wrong_lowering_is_found_and_shown(tmp_path: Path) -> None:
    """The fuzzer has to be able to fail: with a padding as PyTorch users write it, it does, at a convolution."""
    with Verifier(("torch", "onnx"), setup=even_padding) as mutated:
        seed = next(seed for seed in range(140, 240) if fuzz(mutated, seed=seed, count=1).kinds["diverges"])
        assert fuzz(mutated, seed=seed, count=1, folder=tmp_path).kinds["diverges"] == 1
        folder = tmp_path / f"diverges-{seed}"
        assert {path.name for path in folder.iterdir()} >= {"drawn.json", "spec.json", "weights.safetensors", "verdict.txt"}
        small = json.loads((folder / "spec.json").read_text())
        assert outcome(small, seed, mutated).is_fault
    assert [step["padding"] for step in small["layers"]] == ["same"]
    assert "Conv" in small["layers"][0]["type"]
    assert "NOT equal" in (folder / "verdict.txt").read_text()


def test_the_command_says_what_came_of_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["fuzz", "--seed", "11", "--count", "3", "--layers", "3", "--backends", "torch,onnx", "-o", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "3 specs: 3 equal" in said or "3 specs: 2 equal" in said
    assert f"of {len(LAYERS)} types" in said
    (path,) = tmp_path.iterdir()
    assert path.name == "tally-11.json"
    tally = json.loads(path.read_text())
    assert tally["specs"] == sum(tally["kinds"].values()) == 3
    assert {"torch", "onnx"} <= tally["versions"].keys()
    assert tally["faults"] == []
