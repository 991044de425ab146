"""The proof of equivalence: run backends on the same weights and inputs, and compare everything that is made on the way."""

from modelspec.verify.probes import Probe
from modelspec.verify.results import Verification
from modelspec.verify.verifier import Verifier

__all__ = ["Probe", "Verification", "Verifier"]
