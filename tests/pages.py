"""The pages of docs/layers, written from the schema, the conformance cases and what each backend makes of them.

``python tests/pages.py`` writes them; ``tests/test_pages.py`` holds them to be fresh.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from case import Case
from cases import CASES
from pydantic import BaseModel
from workers import BACKENDS, Workers

from modelspec import plugins
from modelspec.documentation import field_docs
from modelspec.graph import Graph
from modelspec.layers import FAMILIES, LAYERS, activations, constraints, initializers, regularizers
from modelspec.layers.base import Layer
from modelspec.layers.fields import MAX_SIZE

FOLDER = Path(__file__).parent.parent / "docs" / "layers"
NAMES = {"keras": "Keras", "onnx": "ONNX", "torch": "PyTorch"}
COMMON = ("data_format", "trainable")
"""The fields that stand last."""
VALUES: dict[str, tuple[Any, Mapping[str, Any], str]] = {
    "activations": (activations.AnyActivation, {}, "What `activation` fields take: a name, or an object with parameters."),
    "initializers": (initializers.AnyInitializer, initializers.NAMED, "What `..._initializer` fields take."),
    "regularizers": (regularizers.AnyRegularizer, regularizers.NAMED, "What `..._regularizer` fields take; null is none."),
    "constraints": (constraints.AnyConstraint, constraints.NAMED, "What `..._constraint` fields take; null is none."),
}
"""The pages of values that many layers take: the union of their models, short names, and what the page says first."""


def example_of(kind: type[Layer]) -> Case:
    """Return the case that a layer's page shows: the plainest first one that has only this layer."""
    alone = [case for case in CASES if len(case.layers) == 1 and case.layers[0]["type"] == kind.__name__]
    return min(alone, key=lambda case: case.id.split("-")[1] in ("fused", "initial", "free"))


def made_of(backend: str, document: Mapping[str, Any]) -> list[str]:
    """Run in a worker: what a backend makes of the layer called ``layer``."""
    import modelspec

    model = modelspec.compile(modelspec.load(document), backend)
    names = [node.name for node in model.graph.nodes if node.name.partition("/")[0] == "layer"]
    if backend == "onnx":
        own = (node for node in model.native.graph.node if node.name.partition("/")[0] == "layer")
        return [node.op_type for node in own if node.name != "layer/output"]
    if backend == "torch":
        return [repr(model.native.get_submodule(name.replace("/", "."))) for name in names]
    made = [layer for layer in model.native.layers if re.split(r"[.]", layer.name)[0] == "layer"]
    return [type(layer).__name__ for layer in made]


def pages(workers: Workers) -> dict[str, str]:
    """Return the text of every page by its file's name."""
    texts = {f"{kind.__name__}.md": layer_page(kind, workers) for kind in LAYERS.values()}
    texts |= {f"{name}.md": values_page(name, *value) for name, value in VALUES.items()}
    return {**texts, "README.md": index()}


def index() -> str:
    """Return the list of all pages, family by family."""
    lines = [
        "# Layers",
        "",
        "One page a layer, written by `python tests/pages.py`. Names and meaning are those of Keras 3.",
        "",
    ]
    for family, names in FAMILIES.items():
        lines += [f"## {family.replace('_', ' ').capitalize()}", ""]
        lines += [f"- [{name}]({name}.md): {_summary(LAYERS[name])}" for name in names]
        lines += [""]
    lines += ["## Values", ""]
    lines += [f"- [{name.capitalize()}]({name}.md)" for name in VALUES]
    return "\n".join(lines) + "\n"


def layer_page(kind: type[Layer], workers: Workers) -> str:
    """Return the page of a layer."""
    case = example_of(kind)
    graph = case.graph
    lines = [f"# {kind.__name__}", "", _text(kind), "", "## Fields", "", *_fields(kind), ""]
    lines += ["## Example", "", "```json", _json(case.document), "```", "", *_types(graph), ""]
    lines += ["## Backends", ""]
    for backend in BACKENDS:
        lines += [_backend(backend, kind, case, workers)]
    return "\n".join(lines) + "\n"


def values_page(name: str, union: Any, named: Mapping[str, Any], intro: str) -> str:
    """Return the page of the values that a kind of field takes."""
    lines = [f"# {name.capitalize()}", "", intro, ""]
    if named:
        lines += ["| name | stands for |", "|---|---|"]
        lines += [f'| `"{short}"` | `{json.dumps(value)}` |' for short, value in named.items()] + [""]
    for model in get_args(union):
        lines += [f"## {model.model_fields['type'].default}", "", _text(model), ""]
        if len(model.model_fields) > 1:
            lines += [*_fields(model), ""]
    return "\n".join(lines).rstrip() + "\n"


def _backend(backend: str, kind: type[Layer], case: Case, workers: Workers) -> str:
    engine = plugins.describe(backend)
    text = f"- **{NAMES[backend]}**: "
    if kind.__name__ in engine.lacks:
        text += f"{engine.lacks[kind.__name__]}. "
    try:
        made = workers.on(backend).call(made_of, backend, case.document)
        text += "The example becomes " + ", ".join(f"`{_one_line(part)}`" for part in made) + "."
    except Exception as error:
        if getattr(error, "codes", ()) != ("MS703",):
            raise
        text += "Refused."
    for limit in engine.limits.get(kind.__name__, ()):
        text += f"\n  - Refused where {limit.reason}" + (f" (instead: {limit.hint})." if limit.hint else ".")
    return text


def _one_line(printed: str) -> str:
    return " ".join(printed.split()).replace("( ", "(").replace(" )", ")")


def _summary(model: type[BaseModel]) -> str:
    return _text(model).split("\n\n")[0].replace("\n", " ")


def _text(model: type[BaseModel]) -> str:
    """Return a docstring in Markdown: reStructuredText's double backquotes become single ones."""
    return re.sub(r"\s*\n\s*", " ", (model.__doc__ or "").replace("``", "`")).strip()


def _fields(model: type[BaseModel]) -> list[str]:
    docs = field_docs(model)
    schema = model.model_json_schema()
    lines = ["| field | takes | default | |", "|---|---|---|---|"]
    ordered = sorted(model.model_fields.items(), key=lambda item: (not item[1].is_required(), item[0] in COMMON))
    for name, info in ordered:
        if name == "type":
            continue
        default = "required" if info.is_required() else f"`{_default(info.default)}`"
        takes = _takes(name, schema["properties"][name]).replace("|", "\\|")
        doc = docs[name].replace("``", "`").replace("|", "\\|")
        lines.append(f"| `{name}` | {takes} | {default} | {doc} |")
    return lines


def _takes(name: str, schema: Mapping[str, Any]) -> str:
    for suffix, page in (("initializer", "initializers"), ("regularizer", "regularizers"), ("constraint", "constraints")):
        if name.endswith(f"_{suffix}"):
            return f"[{suffix}]({page}.md)"
    if name.endswith("activation"):
        return "[activation](activations.md)"
    return _described(schema)


def _described(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema or "oneOf" in schema:
        options: Sequence[Any] = schema.get("anyOf") or schema["oneOf"]
        return " or ".join(dict.fromkeys(_described(option) for option in options))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema.get("enum", [schema.get("const")]))
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    kind = schema.get("type", "any value")
    if kind == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        inner = _described(items)
        if inner.startswith("number") and "list" in inner:  # an array, as deep as it may be
            return f"nested lists ({inner.partition(' or ')[0]})"
        count = f" of {schema['minItems']}" if schema.get("minItems") == schema.get("maxItems", "") else ""
        return f"list{count} ({inner})"
    limits = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    said = {key: schema[key] for key in limits if key in schema and abs(schema[key]) != MAX_SIZE}
    return " ".join([kind, *(f"{limits[key]} {limit:g}" for key, limit in said.items())])


def _default(value: Any) -> str:
    if isinstance(value, BaseModel):
        dumped = value.model_dump(mode="json")
        for named in (initializers.NAMED, {}):
            short = next((name for name, it in named.items() if {**dumped, **it} == dumped), None)
            if short:
                return json.dumps(short)
        return json.dumps(dumped["type"] if isinstance(value, activations.Activation) else dumped)
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value)


def _types(graph: Graph) -> list[str]:
    (node, *_) = graph.nodes
    reads = " and ".join(str(value) for value in node.input_types)
    lines = [f"It reads {reads} and makes {node.output}."]
    if node.weights:
        weights = ", ".join(
            f"`{bound.weight.name}` {list(bound.weight.shape)}" + ("" if bound.weight.trainable else " (not trained)")
            for bound in node.weights
        )
        lines += ["", f"Weights: {weights}."]
    return lines


def _json(document: Mapping[str, Any]) -> str:
    """Return a document with one line a key and a line a layer."""
    members: list[str] = []
    for key, value in document.items():
        if key == "layers":
            steps = ",\n".join(f"    {json.dumps(step)}" for step in value)
            members.append(f'  "layers": [\n{steps}\n  ]')
        else:
            members.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(members) + "\n}"


def write() -> None:
    """Write all pages, and remove those of layers that are gone."""
    workers = Workers()
    texts = pages(workers)
    workers.close()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import pages  # a worker finds functions by the module's name, which a script does not have

    pages.write()
