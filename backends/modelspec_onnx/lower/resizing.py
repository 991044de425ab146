"""Layers that change the size of images."""

from __future__ import annotations

from modelspec_onnx.lower.rules import Rules

RULES: Rules = {}
