"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from workers import Worker, Workers

from modelspec import plugins
from modelspec.diagnostics import SpecError


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """The processes of the backends."""
    made = Workers()
    yield made
    made.close()


@pytest.fixture(scope="session")
def on(workers: Workers) -> Callable[[str], Worker]:
    """``on("keras")`` is that backend's worker; the test is skipped where its framework is not installed, but not in CI."""

    def worker(backend: str) -> Worker:
        require(backend)
        return workers.on(backend)

    return worker


def require(backend: str) -> None:
    """Skip the test where a backend's framework is not installed; fail it where CI is true."""
    try:
        plugins.load(backend)
    except SpecError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have every backend: {error}")
        pytest.skip(str(error))
