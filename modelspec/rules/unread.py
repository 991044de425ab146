"""Layers that no output depends on."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.graph import Node
from modelspec.rules.subject import Model, Remark


def unread_layer(model: Model) -> Iterator[Remark]:
    """What no output depends on is not in the model: most likely a step reads the wrong name. The last of a chain says so."""
    unread = {node.value: node for node in model.elaboration.unread}
    read = {name for node in unread.values() for name in node.inputs}
    for node in unread.values():
        if node.value not in read:
            before = len(_chain(node, unread)) - 1
            more = (
                f", nor the {before} layers that lead to it alone"
                if before > 1
                else ", nor the one that leads to it"
                if before
                else ""
            )
            message = f'nothing reads "{node.name}"{more}'
            yield model.remark(node, message, "read it, make it an output, or remove it")


def _chain(node: Node, unread: dict[str, Node]) -> set[str]:
    """Return the unread layers that a layer depends on, and itself."""
    found: set[str] = set()
    left = [node.value]
    while left:
        name = left.pop()
        if name in unread and name not in found:
            found.add(name)
            left += unread[name].inputs
    return found
