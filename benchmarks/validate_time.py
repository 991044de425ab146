"""``modelspec validate xception``, whole process, against what any pydantic program costs to start.

python benchmarks/validate_time.py [--rounds 15] [-o benchmarks/results/validate_time.json]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from processes import environment, measure, summarize

ROOT = Path(__file__).parent.parent
PYDANTIC = "import pydantic, one model"
COMMANDS = {
    PYDANTIC: [sys.executable, "-c", "import pydantic\nclass Model(pydantic.BaseModel):\n    x: int\nModel(x=1)"],
    "modelspec --version": [sys.executable, "-m", "modelspec", "--version"],
    "modelspec validate xception": [sys.executable, "-m", "modelspec", "validate", "xception"],
    "modelspec validate xception_imagenet": [sys.executable, "-m", "modelspec", "validate", "xception_imagenet"],
}


def main() -> None:
    """Run the rounds, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("-o", "--output", default=ROOT / "benchmarks" / "results" / "validate_time.json", type=Path)
    options = parser.parse_args()
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, command in COMMANDS.items():
            runs[name].append(measure(command))
    results = {name: summarize(rounds, runs[PYDANTIC]) for name, rounds in runs.items()}
    record = {"environment": environment(), "rounds": options.rounds, "results": {"start-up": results}}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n")
    for name, row in results.items():
        print(f"  {name:40}{row['median_seconds']:>8} s{row['peak_mib']:>6} MiB{row['median_ratio']:>7}x")


if __name__ == "__main__":
    main()
