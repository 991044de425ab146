"""``modelspec verify`` on the shipped networks: what it finds, how long it takes, and how much memory.

python benchmarks/verify_cost.py [--only xception ...] [-o benchmarks/results/verify_cost.json]

The two Xceptions run at their own sizes; the other networks at small ones, because ONNX's reference evaluator is slow, with
height and width odd and even. Training runs at small sizes for all. With ``--only``, the other networks keep their figures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from processes import environment

ROOT = Path(__file__).parent.parent
STEPS = 5
NETWORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "xception": ({}, {"input_shape": [72, 71, 3]}),
    "xception_imagenet": ({}, {"input_shape": [72, 71, 3], "num_classes": 7}),
    **{
        name: ({"input_shape": [height, width, 3], "num_classes": 7},) * 2
        for name, height, width in (
            ("vgg16", 64, 33), ("resnet50", 33, 64), ("mobilenet_v2", 64, 49), ("densenet121", 33, 64),
            ("inception_v3", 75, 88), ("efficientnet", 64, 49),
        )
    },
}  # fmt: skip
"""The parameters of each network: those that it is verified with, and those that it is trained with."""


def verify(name: str, parameters: dict[str, Any], *options: str) -> dict[str, Any]:
    """Return the report of a verification, and the seconds of the whole process."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        given = [f"--param={key}={json.dumps(value)}" for key, value in parameters.items()]
        command = [sys.executable, "-m", "modelspec", "verify", name, *given, *options, "--report", str(report)]
        start = time.perf_counter()
        code = subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode
        if code not in {0, 1}:
            raise RuntimeError(f"{' '.join(command)} ended with {code}")
        return {**json.loads(report.read_text()), "process_seconds": time.perf_counter() - start}


def row(name: str) -> dict[str, Any]:
    """Return what is said of a network: the errors nearest to their bounds, and the cost."""
    parameters, smaller = NETWORKS[name]
    found, trained = verify(name, parameters), verify(name, smaller, "--train", str(STEPS))
    backends = {it["name"]: it for it in found["backends"]}
    return {
        "equal": found["is_equal"],
        "trains_equal": trained["is_equal"],
        "parameters": parameters,
        "parameters_trained": smaller,
        "layers": len(found["layers"]),
        "examples": sum(map(len, found["probes"].values())),
        "seconds": round(found["process_seconds"], 1),
        "seconds_trained": round(trained["process_seconds"], 1),
        "peak_mib": {backend: round(it["peak_mib"]) for backend, it in backends.items()},
        "worst": {tier: _by_backend(found["layers"], tier, backends) for tier in ("semantics", "rounding")},
        "training": {
            kind: _worst([it["error"] for it in trained["training"] if it["kind"] == kind])
            for kind in dict.fromkeys(it["kind"] for it in trained["training"])
        },
    }


def _by_backend(layers: list[dict[str, Any]], tier: str, backends: Collection[str]) -> dict[str, float | str]:
    """Return the largest error of each backend in a tier, over all layers."""
    return {name: _worst([layer["deviations"][tier][name]["error"] for layer in layers]) for name in backends}


def _worst(errors: list[Any]) -> float | str:
    unlike = [error for error in errors if isinstance(error, str)]
    return unlike[0] if unlike else max(errors, default=0.0)


def main() -> None:
    """Verify every network, print a line for each, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("-o", "--output", default=ROOT / "benchmarks" / "results" / "verify_cost.json", type=Path)
    options = parser.parse_args()
    rows: dict[str, Any] = json.loads(options.output.read_text())["networks"] if options.output.exists() else {}
    machine = environment()
    for name in options.only:
        load = round(os.getloadavg()[0], 1)
        rows[name] = {**row(name), "load": load}
        print(name, json.dumps(rows[name]), flush=True)
        options.output.write_text(json.dumps({"environment": machine, "steps": STEPS, "networks": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
