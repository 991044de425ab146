"""The oracle of regularization layers."""

from __future__ import annotations

from modelspec.layers.regularization import Dropout
from oracle.kinds import Mutations, Oracle

ORACLE: Oracle = {
    Dropout: lambda _, inputs, __: inputs[0],
}

MUTATIONS: Mutations = {}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
