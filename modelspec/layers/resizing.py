"""Layers that change the size of images."""

from __future__ import annotations

from modelspec.layers.base import Layer

LAYERS: tuple[type[Layer], ...] = ()
