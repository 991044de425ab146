"""Attention layers."""

from __future__ import annotations

from modelspec_keras.lower.rules import Rules

RULES: Rules = {}
