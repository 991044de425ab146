"""Keras on TensorFlow; importing this module imports both, so only what lowers a graph does.

Settings that a user made in the environment win over those made here.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

SETTINGS = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
"""Environment variables that both read when they are imported. oneDNN's kernels round differently from machine to machine."""

for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what TensorFlow's libraries say on stderr while they load, unless they fail: no setting keeps them from it."""
    try:
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ else 2
        saved = os.dup(descriptor)
    except (OSError, ValueError):
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), descriptor)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            os.dup2(saved, descriptor)
            os.close(saved)


with _quiet():
    import keras

__all__ = ["keras"]
