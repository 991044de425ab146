"""The proof can fail: every lowering that is wrong on purpose is found, in its layer and in its backend."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import verification_page
from conftest import require
from mutations import BY_ID, FAMILIES, STEPS, Mutation, made
from workers import BACKENDS

import modelspec
from modelspec.verify import Verifier
from modelspec.verify.traps import TRAPS

INFERRING = {name: it for name, it in BY_ID.items() if not it.trained}
TRAINING = {name: it for name, it in BY_ID.items() if it.trained}


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    """Processes that all mutations share."""
    for name in BACKENDS:
        require(name)
    with Verifier(BACKENDS) as made:
        yield made


@pytest.mark.parametrize("mutation", INFERRING.values(), ids=INFERRING)
def test_a_mutation_is_found_in_its_layer_and_backend(mutation: Mutation, verifier: Verifier) -> None:
    graph = modelspec.elaborate(mutation.document)
    right = verifier.verify(graph)
    assert right.is_equal, f"it is found without being made: {right.divergence} {right.backends}"
    with made(mutation, verifier.workers[mutation.backend]):
        found = verifier.verify(graph)
    assert not found.is_equal
    assert found.compared == verifier.backends
    divergence = found.divergence
    assert divergence is not None
    assert (divergence.layer, divergence.odd, divergence.tier) == (mutation.layer, (mutation.backend,), mutation.tier)
    assert not divergence.is_amplified
    assert [guess.trap for guess in divergence.guesses][:1] == ([mutation.trap] if mutation.trap else [])


@pytest.mark.parametrize("mutation", TRAINING.values(), ids=TRAINING)
def test_a_mutation_of_training_is_found_in_its_layer_and_backend(mutation: Mutation, verifier: Verifier) -> None:
    graph = modelspec.elaborate(mutation.document)
    right = verifier.verify(graph, train=STEPS)
    assert right.is_equal, f"it is found without being made: {right.divergence} {right.training} {right.backends}"
    with made(mutation, verifier.workers[mutation.backend]):
        found = verifier.verify(graph, train=STEPS)
    assert not found.is_equal
    assert found.divergence is None
    first = next(it for it in found.training if not it.passes)
    assert (first.kind, first.layer, first.backend) == (mutation.trained, mutation.layer, mutation.backend)


def test_every_known_trap_is_guessed_of_a_mutation() -> None:
    assert {trap.text for trap in TRAPS} == {it.trap for it in BY_ID.values() if it.trap}


def test_mutations_have_ids_of_their_own() -> None:
    assert len(BY_ID) == sum(map(len, FAMILIES.values()))


def test_the_page_is_fresh() -> None:
    again = "cd tests && python verification_page.py"
    rows = json.loads(verification_page.RESULTS.read_text(encoding="utf-8"))["mutations"]
    wanted = {
        it.id: {"layer": it.layer, "odd": [it.backend], "tier": it.trained or it.tier, "guess": it.trap}
        for it in BY_ID.values()
    }
    assert {name: {key: row[key] for key in row if key != "error"} for name, row in rows.items()} == wanted, again
    assert verification_page.PAGE.read_text(encoding="utf-8") == verification_page.written(), f"{again} --only-page"


def test_the_page_has_the_figures_of_networks_where_they_were_measured() -> None:
    by_backend = dict.fromkeys(BACKENDS, 2.5e-13)
    row = {
        "equal": True,
        "trains_equal": False,
        "layers": 132,
        "examples": 9,
        "seconds": 61.5,
        "load": 1.2,
        "seconds_trained": 12.0,
        "peak_mib": dict.fromkeys(BACKENDS, 900),
        "worst": {"semantics": by_backend, "rounding": by_backend},
        "training": {"loss": "infinite"},
    }
    machine = {
        "cpu": "Some CPU",
        "cores": 2,
        "system": "Linux",
        "python": "3.11",
        "versions": {"keras": "3.15"},
    }
    results = json.loads(verification_page.RESULTS.read_text(encoding="utf-8"))
    text = verification_page.page(results, {"environment": machine, "steps": 5, "networks": {"xception": row}})
    assert "| xception | yes | 132 | 9 | 61.5 | 1.2 | 900 | 900 | 900 |" in text
    assert "| xception | 2.5e-13 |" in text
    assert "| xception | no | 12.0 | infinite |" in text
    assert "has not been run" in verification_page.page(results, None)
