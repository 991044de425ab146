"""Differential fuzzing: random valid specs, compiled with every backend and compared."""
