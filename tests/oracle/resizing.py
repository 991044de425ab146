"""The oracle of resizing layers."""

from __future__ import annotations

from oracle.kinds import Mutations, Oracle

ORACLE: Oracle = {}

MUTATIONS: Mutations = {}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
