"""Lowerings that are wrong on purpose, each for a row of what frameworks differ in: ``verify`` has to find every one.

A family is a file. ``tests/test_mutations.py`` makes them one by one; ``tests/verification_page.py`` writes what came out.
"""

from __future__ import annotations

from collections.abc import Mapping

from mutations import (
    activations,
    attention,
    convolution,
    core,
    depthwise,
    moving,
    normalization,
    pooling,
    preprocessing,
    recurrent,
    resizing,
    training,
    transposed,
)
from mutations.mutation import STEPS, Mutation, made

__all__ = ["BY_ID", "FAMILIES", "STEPS", "Mutation", "made"]

FAMILIES: Mapping[str, tuple[Mutation, ...]] = {
    "convolution": convolution.MUTATIONS,
    "depthwise": depthwise.MUTATIONS,
    "transposed": transposed.MUTATIONS,
    "pooling": pooling.MUTATIONS,
    "normalization": normalization.MUTATIONS,
    "activations": activations.MUTATIONS,
    "recurrent": recurrent.MUTATIONS,
    "attention": attention.MUTATIONS,
    "resizing": resizing.MUTATIONS,
    "moving": moving.MUTATIONS,
    "preprocessing": preprocessing.MUTATIONS,
    "core": core.MUTATIONS,
    "training": training.MUTATIONS,
}
BY_ID: Mapping[str, Mutation] = {it.id: it for family in FAMILIES.values() for it in family}
