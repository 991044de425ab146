"""Atheris: bytes, read as a spec. ``python fuzz/bytes_to_spec.py CORPUS [libFuzzer's options]``."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["modelspec"]):
    import reading
    from instrumented import import_all

    import_all("modelspec")

from mutation import Mutator

ROOT = Path(__file__).parent.parent
SEEDS = [path.read_bytes() for path in [*ROOT.glob("specs/**/*.json"), *ROOT.glob("tests/corpus/*/*.json")]]
MUTATOR = Mutator(SEEDS)


def one_input(data: bytes) -> None:
    """Check one document."""
    reading.check(data)


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Change a document as JSON, where it is that."""
    made = MUTATOR.change(data, seed)
    return made if made is not None and len(made) <= max_size else atheris.Mutate(data, max_size)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input, custom_mutator=mutated)
    atheris.Fuzz()
