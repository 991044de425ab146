"""What is wrong with the hyperparameters of a layer, and of the layers and values inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from modelspec.findings import MAX_ERRORS, Problem, find, has_expression, problems
from modelspec.hints import KINDS, of_step
from modelspec.layer_types import LayerTypes, Missing
from modelspec.layers import LAYERS
from modelspec.layers.fields import Strict
from modelspec.mends import LAYER_ALIASES, named
from modelspec.source import Path


def layer_problems(types: LayerTypes, name: str, fields: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a layer as it is written; an expression is taken to fit until it has a value."""
    layer = types.find(name)
    if isinstance(layer, Missing):
        hint, instead = named(name, LAYERS, LAYER_ALIASES) if layer.code == "MS205" else ("", None)
        hint = hint if instead and instead not in layer.hint else layer.hint
        return [Problem(layer.code, ("type",), layer.message, hint, instead=instead)]
    return [
        problem
        for problem in field_problems(layer, fields)
        if problem.code in ("MS201", "MS202") or not has_expression(find(fields, problem.path))
    ]


def written_layers(document: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the layers of a document that does not fit its model, as far as they can be told, with their paths."""
    blocks: Any = document.get("blocks")
    names: list[str] = list(blocks) if isinstance(blocks, dict) else []  # pyright: ignore[reportUnknownArgumentType]
    paths: list[Path] = [("layers",), *(("blocks", name, "layers") for name in names)]
    while paths:
        path = paths.pop()
        found: Any = find(document, path)
        steps: list[Any] = found if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType]
        for position, step in enumerate(steps):
            if isinstance(step, dict):
                paths += [(*path, position, key) for key in ("layers", "then", "else")]
                if isinstance(find(step, ("type",)), str):
                    yield (*path, position), step


def field_problems(layer: type[Strict], fields: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with hyperparameters."""
    try:
        layer.model_validate({key: value for key, value in fields.items() if key != "type"})
    except ValidationError as error:
        known = {"": [*_names(layer), "name", "inputs", "description", "lint"], **_nested_fields(error)}
        found = problems(error, fields, known)
        return [replace(it, hint=of_step(str(it.path[0]))) if _is_kind(it) else it for it in found]
    return []


def _is_kind(problem: Problem) -> bool:
    """Return whether a problem is with a key that would make the layer another kind of step."""
    return problem.code == "MS201" and len(problem.path) == 1 and problem.path[0] in KINDS


def _names(model: type[BaseModel]) -> list[str]:
    return [name for name in model.model_fields if name != "type"]


def _nested_fields(error: ValidationError) -> dict[str, list[str]]:
    """Return the fields of what a layer holds, layers and values with a ``type``, as far as one has a field that is unknown.

    Only their families are imported.
    """
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    unknown = (item["loc"][:-1] for item in errors[:MAX_ERRORS] if item["type"] == "extra_forbidden")
    types = {str(part) for location in unknown for part in location}
    if not types:
        return {}
    from modelspec.layers import activations, constraints, initializers, regularizers

    values = (activations.AnyActivation, constraints.AnyConstraint, initializers.AnyInitializer, regularizers.AnyRegularizer)
    models = {model.model_fields["type"].default: model for union in values for model in get_args(union)}
    models |= {name: LAYERS[name] for name in types if name in LAYERS}
    return {name: _names(model) for name, model in models.items()}
