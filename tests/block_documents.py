"""Documents that use blocks in files of their own, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nets import Json, net

import modelspec
from modelspec import SpecError
from modelspec.diagnostics import Diagnostic


def block(*steps: Json, **sections: Any) -> Json:
    return {"format_version": 1, **sections, "layers": list(steps)}


def using(use: str, *steps: Json, **sections: Any) -> Json:
    return net(*(steps or ({"block": "b"},)), blocks={"b": {"use": use}}, **sections)


def write(root: Path, **files: Any) -> Path:
    """Write documents by name (``__`` stands for a slash) and return the path of ``net``."""
    for name, document in files.items():
        path = root / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
    return root / "net.json"


def found(path: Path | Json, **options: Any) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(modelspec.load(path, **options))
    return list(caught.value.diagnostics)


def codes(path: Path | Json, **options: Any) -> list[str]:
    return [finding.code for finding in found(path, **options)]
