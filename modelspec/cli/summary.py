"""``modelspec summary``: layers, shapes, parameters and multiply-adds, without a framework."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from modelspec import compiler
from modelspec.cli.arguments import Options, Verbs, add_spec, load, say, values, verb
from modelspec.graph import Graph, Node
from modelspec.tensors import Symbol, format_shape

Row = tuple[str, str, str, str, str]


@dataclass
class _Group:
    """The layers below one name, in order."""

    name: str
    children: list[_Group | Node] = field(default_factory=list["_Group | Node"])


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "summary", run, "print layers, shapes, parameters and multiply-adds")
    add_spec(parser)
    parser.add_argument("--json", action="store_true", help="print JSON; repeats are not folded")
    parser.add_argument("--all", action="store_true", help="print every layer; do not fold repeats")


def run(options: Options) -> int:
    """Print the summary."""
    spec = load(options.spec, options)
    graph = compiler.elaborate(spec, values(spec, options))
    if options.json:
        print(json.dumps(_as_json(graph), indent=2))
        return 0
    rows: list[Row] = [("layer", "type", "output", "parameters", "multiply-adds")]
    rows += [(name, "input", format_shape(kind.shape), "", "") for name, kind in graph.inputs.items()]
    rows += _rows(_tree(graph.nodes).children, "", fold=not options.all)
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    say(f"{graph.name}: {graph.description}" if graph.description else graph.name)
    for row in rows:
        text = [
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(text).rstrip())
    free = sorted({dim.name for kind in graph.inputs.values() for dim in kind.shape if isinstance(dim, Symbol)})
    frozen = graph.parameters - graph.trainable_parameters
    print(f"{len(graph.nodes)} layers; {graph.parameters:,} parameters, {frozen:,} of them not trainable")
    total = sum(node.multiply_adds for node in graph.nodes)
    print(f"{total:,} multiply-adds an example" + (f", with {', '.join(free)} counted as 1" if free else ""))
    return 0


def _tree(nodes: Sequence[Node]) -> _Group:
    root = _Group("")
    for node in nodes:
        group = root
        for segment in node.name.split("/")[:-1]:
            last = group.children[-1] if group.children else None
            if not isinstance(last, _Group) or last.name != segment:
                last = _Group(segment)
                group.children.append(last)
            group = last
        group.children.append(node)
    return root


def _rows(children: Sequence[_Group | Node], indent: str, *, fold: bool) -> Iterator[Row]:
    """Yield a row a layer; equal groups in a row (``middle_1`` to ``middle_8``) stand once."""
    for _, run_ in groupby(children, key=lambda child: _signature(child) if fold and isinstance(child, _Group) else id(child)):
        same = list(run_)
        first = same[0]
        if isinstance(first, Node):
            name = first.name.rpartition("/")[2]
            yield (indent + name, first.layer.kind, format_shape(first.output.shape), *_counts([first]))
            continue
        name = first.name if len(same) == 1 else f"{first.name} ... {same[-1].name}  ({len(same)} times; figures of one)"
        parameters_, products = _counts(list(_leaves(first))) if len(same) > 1 else ("", "")
        yield indent + name, "", "", parameters_, products
        yield from _rows(first.children, indent + "  ", fold=fold)


def _counts(nodes: Sequence[Node]) -> tuple[str, str]:
    parameters_ = sum(bound.weight.size for node in nodes for bound in node.weights)
    products = sum(node.multiply_adds for node in nodes)
    return f"{parameters_:,}" if parameters_ else "", f"{products:,}" if products else ""


def _leaves(group: _Group) -> Iterator[Node]:
    for child in group.children:
        if isinstance(child, Node):
            yield child
        else:
            yield from _leaves(child)


def _signature(child: _Group | Node) -> Any:
    if isinstance(child, Node):
        return child.name.rpartition("/")[2], child.layer, child.input_types, child.output
    return re.sub(r"_[0-9]+$", "", child.name), tuple(_inner(item) for item in child.children)


def _inner(child: _Group | Node) -> Any:
    return _signature(child) if isinstance(child, Node) else (child.name, tuple(_inner(item) for item in child.children))


def _as_json(graph: Graph) -> dict[str, Any]:
    def shape(kind: Any) -> list[int | str]:
        return [dim if isinstance(dim, int) else str(dim) for dim in kind.shape]

    return {
        "name": graph.name,
        "inputs": {name: {"shape": shape(kind), "dtype": kind.dtype} for name, kind in graph.inputs.items()},
        "outputs": {name: {"shape": shape(kind), "dtype": kind.dtype} for name, kind in graph.output_types.items()},
        "layers": [
            {
                "name": node.name,
                "type": node.layer.kind,
                "inputs": list(node.inputs),
                "shape": shape(node.output),
                "dtype": node.output.dtype,
                "parameters": sum(bound.weight.size for bound in node.weights),
                "multiply_adds": node.multiply_adds,
                "pointer": node.origin.pointer,
            }
            for node in graph.nodes
        ],
        "parameters": graph.parameters,
        "trainable_parameters": graph.trainable_parameters,
        "multiply_adds": sum(node.multiply_adds for node in graph.nodes),
    }
