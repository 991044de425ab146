"""Keras on TensorFlow; importing this module imports both, so only what lowers a graph does.

Settings that a user made in the environment win over those made here.
"""

from __future__ import annotations

import os

SETTINGS = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
"""Environment variables that both read when they are imported. oneDNN's kernels round differently from machine to machine."""

for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)

import keras  # noqa: E402

__all__ = ["keras"]
