"""What a layer of the catalogue costs: the lines that are there because of it, by file.

``python tests/cost.py RepeatVector`` prints them; CONTRIBUTING.md quotes it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parent.parent
PLACES = ("modelspec/layers", "backends", "tests/oracle", "tests/cases", "tests")


def cost(layer: str) -> dict[str, int]:
    """Return the number of lines in each file that a layer is the only reason for."""
    files = sorted({path for place in PLACES for path in (ROOT / place).rglob("*.py")})
    counted = {str(path.relative_to(ROOT)): len(_lines(path.read_text(), layer)) for path in files}
    return {path: count for path, count in counted.items() if count}


def _lines(text: str, layer: str) -> set[int]:
    tree = ast.parse(text)
    own = [node for node in _parts(tree) if layer in _names(node, layer)]
    definitions = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    for name, helper in definitions.items():
        users = [node for node in tree.body if node is not helper and name in _names(node, layer)]
        if users and all(node in own for node in users):
            own.append(helper)
    return {line for node in own for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _parts(tree: ast.Module) -> Iterator[ast.stmt | ast.expr | ast.alias]:
    """Yield what can be there for one layer: definitions, names in imports, and items of tables."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ImportFrom):
            yield from node.names
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            for item in (item for pair in zip(node.value.keys, node.value.values, strict=True) for item in pair if item):
                yield from item.elts if _is_list_of_names(item) else [item]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Tuple | ast.List):
            yield from node.value.elts


def _is_list_of_names(node: ast.AST) -> TypeGuard[ast.Tuple]:
    return isinstance(node, ast.Tuple) and all(isinstance(item, ast.Constant) for item in node.elts)


def _names(node: ast.AST, layer: str) -> set[str]:
    """Return the names that a part of a file uses; of strings, the layer's own name alone."""
    found: set[str] = set()
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name) | ast.alias(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Constant(value=str(text)) if text == layer:
                found.add(text)
            case _:
                pass
    return found


if __name__ == "__main__":
    for name in sys.argv[1:]:
        lines = cost(name)
        print(f"{name}: {sum(lines.values())} lines in {len(lines)} files")
        for path, count in lines.items():
            print(f"  {count:3} {path}")
