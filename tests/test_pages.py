"""The pages of docs/layers say what is true now."""

from __future__ import annotations

import pages
import pytest
from workers import BACKENDS, Workers

from modelspec import plugins
from modelspec.layers import LAYERS


def test_the_pages_are_fresh(workers: Workers) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in pages.FOLDER.glob("*.md")}
    wanted = pages.pages(workers)
    stale = sorted(name for name in written.keys() | wanted.keys() if written.get(name) != wanted.get(name))
    assert stale == [], "python tests/pages.py writes them anew"


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_backend_lacks_is_a_layer_with_a_reason(backend: str) -> None:
    engine = plugins.describe(backend)
    for kind, reason in engine.lacks.items():
        assert kind in LAYERS and LAYERS[kind] not in engine.layers
        assert reason and not reason.endswith(".")
    for kind, limits in engine.limits.items():
        assert LAYERS[kind] in engine.layers
        assert limits and all(limit.reason and not limit.reason.endswith(".") for limit in limits)
