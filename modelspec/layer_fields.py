"""What is wrong with the hyperparameters of a layer, and of the layers and values inside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from modelspec.findings import MAX_ERRORS, Problem, problems
from modelspec.layers.fields import Strict


def field_problems(layer: type[Strict], fields: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with hyperparameters."""
    try:
        layer.model_validate({key: value for key, value in fields.items() if key != "type"})
    except ValidationError as error:
        known = {"": [*_names(layer), "name", "inputs", "description", "lint"], **_nested_fields(error)}
        return problems(error, fields, known)
    return []


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
    from modelspec.layers import LAYERS, activations, constraints, initializers, regularizers

    values = (activations.AnyActivation, constraints.AnyConstraint, initializers.AnyInitializer, regularizers.AnyRegularizer)
    models = {model.model_fields["type"].default: model for union in values for model in get_args(union)}
    models |= {name: LAYERS[name] for name in types if name in LAYERS}
    return {name: _names(model) for name, model in models.items()}
