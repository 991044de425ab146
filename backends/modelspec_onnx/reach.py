"""What of a graph a target cannot express."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.backend import Refusal
from modelspec.diagnostics import listed
from modelspec.graph import Graph, Node
from modelspec_onnx.targets import BFLOAT16_OPSET, Flaw, Target, oldest


def has_bfloat16(graph: Graph) -> bool:
    """Return whether anything is computed in bfloat16."""
    return any(_is_bfloat16(node) for node in graph.nodes)


def beyond(graph: Graph, target: Target) -> list[Refusal]:
    """Return what a target cannot express, layer by layer; of bfloat16, the layers that it begins with. No weight is read."""
    found: list[Refusal] = []
    if target.conflicts(bfloat16=True):
        hint = (
            f"--target opset=={BFLOAT16_OPSET}, which ONNX Runtime {oldest(opset=BFLOAT16_OPSET)} reads; or another data type"
        )
        reason = f"bfloat16 takes operator set {BFLOAT16_OPSET}, which the target does not have"
        found += [Refusal(node, reason, hint) for node in _beginnings(graph)]
    if target.flaw:
        found += _flawed(graph, target, target.flaw)
    return found


def _is_bfloat16(node: Node) -> bool:
    return "bfloat16" in {node.output.dtype, *(kind.dtype for kind in node.input_types)}


def _beginnings(graph: Graph) -> Iterator[Node]:
    """Yield the nodes of bfloat16 that read nothing from another."""
    made: set[str] = set()
    for node in graph.nodes:
        if _is_bfloat16(node):
            if made.isdisjoint(node.inputs):
                yield node
            made.add(node.value)


def _flawed(graph: Graph, target: Target, flaw: Flaw) -> Iterator[Refusal]:
    from modelspec_onnx.lowering import part_of

    if flaw.dtype not in {node.output.dtype for node in graph.nodes}:
        return
    opset, ir = target.versions(bfloat16=False)
    hint = f"--target opset=={opset},ir=={ir} writes the same file, for other devices; or compute in another data type"
    for node in graph.nodes:
        if node.output.dtype == flaw.dtype:
            kinds = sorted(flaw.operators & {it.kind for it in part_of(graph, node, opset).operators})
            if kinds:
                yield Refusal(node, flaw.reason.format(listed(kinds, "and")), hint)
