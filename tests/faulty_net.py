"""A spec with two mistakes, in a folder of its own that no CI is told of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NET = {"format_version": 1, "name": "net", "inputs": {"x": {"shape": [8]}}, "layers": [{"type": "Dens"}, {"type": "Nope"}]}


def apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder, with nothing in the environment that reports look at."""
    monkeypatch.chdir(folder)
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return folder


def write(name: str, document: Any) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(json.dumps(document, indent=1))
    return name
