"""The proof can fail: every lowering that is wrong on purpose is found, in its layer and in its backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import require
from mutations import BY_ID, FAMILIES, Mutation, restored, substituted
from workers import BACKENDS

import modelspec
from modelspec.verify import Verifier
from modelspec.verify.traps import TRAPS


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    """Processes that all mutations share."""
    for name in BACKENDS:
        require(name)
    with Verifier(BACKENDS) as made:
        yield made


@pytest.mark.parametrize("mutation", BY_ID.values(), ids=BY_ID)
def test_a_mutation_is_found_in_its_layer_and_backend(mutation: Mutation, verifier: Verifier) -> None:
    graph, worker = modelspec.elaborate(mutation.document), verifier.workers[mutation.backend]
    right = verifier.verify(graph)
    assert right.is_equal, f"it is found without being made: {right.divergence} {right.backends}"
    worker.call(substituted, mutation.backend, mutation.id)
    try:
        found = verifier.verify(graph)
    finally:
        worker.call(restored)
    assert not found.is_equal
    assert found.compared == verifier.backends
    divergence = found.divergence
    assert divergence is not None
    assert (divergence.layer, divergence.odd, divergence.tier) == (mutation.layer, (mutation.backend,), mutation.tier)
    assert not divergence.is_amplified
    assert [guess.trap for guess in divergence.guesses][:1] == ([mutation.trap] if mutation.trap else [])


def test_every_known_trap_is_guessed_of_a_mutation() -> None:
    assert {trap.text for trap in TRAPS} == {it.trap for it in BY_ID.values() if it.trap}


def test_mutations_have_ids_of_their_own() -> None:
    assert len(BY_ID) == sum(map(len, FAMILIES.values()))
