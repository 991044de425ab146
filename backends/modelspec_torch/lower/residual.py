"""Scaled and stochastic residual branches."""

from __future__ import annotations

from modelspec_torch.lower.rules import Rules

RULES: Rules = {}
