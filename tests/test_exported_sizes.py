"""Exported PyTorch programs of layers that meet sizes open until run time, at several sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from case import Case, case
from workers import Array, Worker

import modelspec

_DOT: dict[str, Any] = {"spec": {"sizes": {"height": 3, "width": 5}}}
_FREE = ("height", "width", 4)
CASES: tuple[Case, ...] = (
    case("Dot", "last-of-images", _FREE, _FREE, axes=3, **_DOT),
    case("Dot", "unequal-ranks", ("height", 4), ("width", 4, 5), axes=2, **_DOT),
    case("Dot", "open-axis", (4, "height", "width"), ("width", 4, "height"), axes=[3, 1], normalize=True, **_DOT),
    case("UpSampling2D", "bilinear-once", _FREE, size=1, interpolation="bilinear", **_DOT),
    case("UpSampling2D", "bilinear-wide", ("height", 5, 4), size=[1, 3], interpolation="bilinear", **_DOT),
)


@pytest.mark.parametrize("it", CASES, ids=lambda it: it.id)
def test_a_program_takes_any_size(it: Case, on: Callable[[str], Worker], tmp_path: Path) -> None:
    batches = [Case(it.id, it.layers, it.shapes, sizes=sizes).inputs() for sizes in (it.sizes, {"height": 7, "width": 1})]
    for made, wanted in on("torch").call(exported, it.document, batches, str(tmp_path / "model.pt2")):
        np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-5)


def exported(document: Mapping[str, Any], batches: list[dict[str, Array]], path: str) -> list[tuple[Array, Array]]:
    """Run in the torch worker: what the loaded program makes of each batch, and what the compiled model makes of it."""
    import torch

    model = modelspec.compile(modelspec.load(document), "torch")
    model.save(path)
    program = torch.export.load(path).module()
    return [
        (program(*[torch.from_numpy(batch[name]) for name in model.graph.inputs]).numpy(force=True), *model(batch).values())
        for batch in batches
    ]
