"""Latency of the Xceptions in ONNX Runtime against Keras and PyTorch, in turns: ``modelspec bench`` with those specs.

Prints a table for each spec, and writes every run as JSON.

    python benchmarks/latency.py [--rounds 5] [--runs 20] [--threads 2] [--batch 1,8] [--results benchmarks/results]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from modelspec import cli

ROOT = Path(__file__).parent.parent
SPECS = ("xception", "xception_imagenet")
AGAINST = "keras,torch,onnx-O1"


def main() -> int:
    """Run ``modelspec bench`` for each spec; 1 where one of them fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default="5")
    parser.add_argument("--runs", default="20")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--batch", default="1,8")
    parser.add_argument("--results", default=ROOT / "benchmarks" / "results", type=Path)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    how = ["--rounds", options.rounds, "--runs", options.runs, "--threads", options.threads, "--batch", options.batch]
    codes: list[int] = []
    for spec in SPECS:
        output = str(options.results / f"latency_{spec}.json")
        codes.append(cli.main(["bench", spec, "--against", AGAINST, *how, "-o", output]))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
