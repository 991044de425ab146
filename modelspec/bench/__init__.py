"""How fast a model runs, in backends and on providers that take turns."""

from modelspec.bench.contestants import Contestant, contestants
from modelspec.bench.results import Bench, Latency, Standing
from modelspec.bench.rounds import Plan, bench

__all__ = ["Bench", "Contestant", "Latency", "Plan", "Standing", "bench", "contestants"]
