"""Which layers of a graph become a call, and the order in which calls and layers come to stand."""

from __future__ import annotations

from collections.abc import Sequence

import onnx

from modelspec.diagnostics import Frame
from modelspec.graph import Graph, Node, Origin
from modelspec.layers.activation_layers import ReLU
from modelspec.layers.merging import Add
from modelspec.tensors import TensorType
from modelspec_onnx.lowering import Lowered, lower
from modelspec_onnx.targets import DEFAULT

RANK = TensorType((4,), "float32")


def relu(name: str, read: str, *frames: Frame) -> Node:
    return Node.of(name, ReLU(), (read,), (RANK,), origin=Origin(trail=frames))


def lowered(nodes: Sequence[Node], output: str) -> Lowered:
    graph = Graph("net", {"x": RANK}, tuple(nodes), {output: output})
    graph.check()
    return lower(graph, {}, DEFAULT, functions=True)


def check_order(made: Lowered) -> None:
    """See that the model can be run, which the checker does."""
    onnx.checker.check_model(onnx.ModelProto.FromString(b"".join(made.chunks())), full_check=True)


def frame(call: str) -> Frame:
    return Frame("", None, (), "block", call)


def test_a_call_stays_inline_where_a_layer_stands_in_between() -> None:
    """As a pass might leave it: a layer of the outside between two of a call."""
    nodes: list[Node] = []
    read = "x"
    for call in ("a", "b", "c"):
        between = [relu(f"{call}_between", f"{call}/first")] if call != "c" else []
        second = between[0].name if between else f"{call}/first"
        nodes += [relu(f"{call}/first", read, frame(call)), *between, relu(f"{call}/second", second, frame(call))]
        read = f"{call}/second"
    nodes.append(relu("d/first", read, frame("d")))
    nodes.append(relu("d/second", "d/first", frame("d")))
    made = lowered(nodes, "d/second")
    assert made.outline is not None
    assert [it.name for it in made.outline.functions] == ["block"]
    names = [it.name for it in made.outline.operators]
    assert names == ["a/first", "a_between", "a/second", "b/first", "b_between", "b/second", "c", "d"]
    check_order(made)


def test_calls_that_wait_for_one_another_stay_inline() -> None:
    nodes = [
        relu("a/first", "x", frame("a")),
        relu("b/first", "a/first", frame("b")),
        relu("b/second", "x", frame("b")),
        relu("a/second", "b/second", frame("a")),
        Node.of("sum", Add(), ("b/first", "a/second"), (RANK, RANK)),
    ]
    made = lowered(nodes, "sum")
    assert made.outline is not None
    assert [it.name for it in made.outline.operators] == [node.name for node in nodes]
    check_order(made)


def test_a_call_waits_for_what_it_reads_though_it_begins_before_that() -> None:
    nodes = [
        relu("a/first", "x", frame("a")),
        relu("outside", "x"),
        Node.of("a/sum", Add(), ("a/first", "outside"), (RANK, RANK), origin=Origin(trail=(frame("a"),))),
        relu("b/first", "a/sum", frame("b")),
        relu("outside_too", "a/sum"),
        Node.of("b/sum", Add(), ("b/first", "outside_too"), (RANK, RANK), origin=Origin(trail=(frame("b"),))),
    ]
    made = lowered(nodes, "b/sum")
    assert made.outline is not None
    assert [it.name for it in made.outline.operators] == ["outside", "a", "outside_too", "b"]
    check_order(made)


def test_a_layer_that_a_pass_moved_out_of_a_call_is_none_of_its() -> None:
    nodes = [
        relu("elsewhere", "x", frame("a")),
        relu("b/first", "elsewhere", frame("b")),
        relu("c/first", "b/first", frame("c")),
    ]
    made = lowered(nodes, "c/first")
    assert made.outline is not None
    assert [it.name for it in made.outline.operators] == ["elsewhere", "b", "c"]
