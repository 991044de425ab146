"""The passes, one by one: what each makes of small specs, and what it leaves alone.

A fixture is a spec and, beside it, what ``modelspec compile SPEC --backend onnx -O1 --print-after PASS`` prints of the pass
that its folder is named after.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import passes_page
import pytest
from nets import conv, net

import modelspec
from modelspec import SpecError, passes, plugins
from modelspec.backend import Options, target
from modelspec.cli import main
from modelspec.graph import Graph
from modelspec.passes.text import lines

FIXTURES = Path(__file__).parent / "fixtures" / "passes"
PASSES = [it.name for it in passes.PASSES]
ADDED = [it.name for it in passes.PASSES if it.level]
"""Those that -O1 adds."""


def after(graph: Graph, optimize: int = 1) -> dict[str, Graph]:
    """Return what each pass makes of a graph for the onnx backend."""
    made: dict[str, Graph] = {}
    passes.run(graph, target(plugins.describe("onnx"), Options(optimize=optimize)), after=made.__setitem__)
    return made


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_pass_makes_of_a_spec_what_stands_beside_it(path: Path) -> None:
    graph = modelspec.elaborate(path)
    made = after(graph)
    assert lines(made[path.parent.name]) == path.with_suffix(".txt").read_text().splitlines()
    before = [graph, *itertools.takewhile(lambda it: it is not made[path.parent.name], made.values())][-1]
    assert (lines(before) == lines(made[path.parent.name])) == path.stem.startswith("refused")


def test_the_page_is_what_the_script_writes() -> None:
    assert passes_page.PAGE.read_text() == passes_page.page()


def test_every_pass_of_o1_has_fixtures() -> None:
    assert {path.parent.name for path in FIXTURES.rglob("*.json")} == set(ADDED)


def test_the_levels_are_as_documented() -> None:
    assert list(after(modelspec.elaborate(net(conv(2))), 0)) == ["decompose", "layout"]
    assert list(after(modelspec.elaborate(net(conv(2))))) == PASSES


def test_a_kernel_that_two_layers_use_is_not_folded() -> None:
    graph = modelspec.elaborate(
        net(
            conv(2, name="a", inputs="x"),
            {"type": "BatchNormalization", "name": "a_norm"},
            conv(2, name="b", inputs="x", padding="same"),
            {"type": "BatchNormalization", "name": "b_norm"},
            {"type": "Add", "inputs": ["a_norm", "b_norm"]},
        )
    )
    first = graph.nodes[0]
    shared = tuple(replace(node, weights=first.weights) if node.name == "b" else node for node in graph.nodes)
    kinds = [node.layer.kind for node in after(replace(graph, nodes=shared))["fold"].nodes]
    assert kinds == ["Conv2D", "BatchNormalization", "Conv2D", "BatchNormalization", "Add"]
    assert [node.layer.kind for node in after(graph)["fold"].nodes] == ["Conv2D", "Conv2D", "Add"]


def test_a_pass_that_breaks_a_graph_names_those_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(graph: Graph, _: object) -> Graph:
        return replace(graph, nodes=graph.nodes[1:])

    monkeypatch.setattr(passes, "PASSES", (*passes.PASSES[:2], passes.Pass(1, breaks)))
    graph = modelspec.elaborate(net(conv(2), {"type": "ReLU"}))
    with pytest.raises(RuntimeError, match=r"the pass breaks broke net \(passes so far: drop_identities, decompose, breaks\)"):
        after(graph)


@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_backends_that_train_refuse_to_optimise(backend: str) -> None:
    with pytest.raises(SpecError, match="come back under the spec's keys") as caught:
        modelspec.compile(net(conv(2)), backend, optimize=1)
    assert [it.code for it in caught.value.diagnostics] == ["MS704"]


def test_the_command_prints_graphs_after_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = FIXTURES / "fold" / "conv_batchnorm.json"
    command = ["compile", str(spec), "--backend", "onnx", "-o", str(tmp_path / "a.onnx"), "-O1"]
    assert main([*command, "--print-after", "fold"]) == 0
    expected = [f"  {line}" for line in spec.with_suffix(".txt").read_text().splitlines()]
    assert capsys.readouterr().err.splitlines() == ["after fold:", *expected]
    assert main([*command, "--print-after", "all"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if not line.startswith(" ")] == [f"after {name}:" for name in PASSES]


def test_an_unknown_pass_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(FIXTURES / "fold" / "conv_batchnorm.json")
    assert main(["compile", spec, "--backend", "onnx", "-o", str(tmp_path / "a.onnx"), "--print-after", "flod"]) == 1
    assert capsys.readouterr().err.splitlines()[:2] == ['MS704 there is no pass "flod"', '  hint: did you mean "fold"?']
    assert not (tmp_path / "a.onnx").exists()
