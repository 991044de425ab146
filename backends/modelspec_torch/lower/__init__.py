"""The rules: one function for each layer, in a file that mirrors its family's in ``modelspec.layers``."""

from __future__ import annotations

from modelspec.backend import RulesByFamily
from modelspec_torch.lower.rules import Rule

RULES: RulesByFamily[Rule] = RulesByFamily(__name__)
"""Every layer that has a rule."""
