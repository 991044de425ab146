"""The docstrings under the fields of models, read from the source when they are asked for.

Pydantic can read them at every import; that would be a quarter of the time that ``modelspec validate`` takes.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from textwrap import dedent

from pydantic import BaseModel


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Return what is written under each field of a model, its inherited ones too, by the name that a document uses."""
    docs: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            docs |= own_docs(kind)
    return {info.alias or name: docs[name] for name, info in model.model_fields.items() if name in docs}


def own_docs(kind: type) -> dict[str, str]:
    """Return what is written under each field that a class itself declares, by the field's name."""
    (definition,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    docs: dict[str, str] = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            docs[statement.target.id] = inspect.cleandoc(following.value.value).replace("\n", " ")
    return docs
