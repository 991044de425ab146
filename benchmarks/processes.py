"""Whole processes, measured: wall-clock and processor seconds, peak memory, and what they were measured on."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

PACKAGES = (
    "modelspec-compiler", "pydantic", "check-jsonschema", "numpy", "onnx", "keras", "tensorflow", "torch", "onnxscript",
    "tf2onnx",
)  # fmt: skip


class Run(NamedTuple):
    """What a process took; processor seconds are its own and those of the processes that it waited for."""

    seconds: float
    cpu: float
    mib: float


def interleaved(commands: Mapping[str, list[str]], rounds: int, output: str | None = None) -> dict[str, list[Run]]:
    """Return the runs of commands that take turns, after a round that is not counted, in which Python writes its bytecode."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            run = measure(command, output)
            if number:
                runs[name].append(run)
    return runs


def measure(command: list[str], output: str | None = None) -> Run:
    """Return what a process takes in a folder of its own, where it must write ``output``.

    It may keep bytecode, as an installed package has it: without, Python would compile our modules anew in each round.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        error = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or (output and not (Path(folder) / output).stat().st_size):
            raise RuntimeError(f"{command[:4]} failed:\n{error.decode()[-2000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def summarize(rounds: list[Run], reference: list[Run]) -> dict[str, object]:
    """Return the medians of a contestant, and its ratio to the reference by round: the rounds took turns."""
    ratios = sorted(run.seconds / base.seconds for run, base in zip(rounds, reference, strict=True))
    return {
        "seconds": [round(run.seconds, 3) for run in rounds],
        "median_seconds": round(statistics.median(run.seconds for run in rounds), 3),
        "median_cpu": round(statistics.median(run.cpu for run in rounds), 3),
        "peak_mib": round(max(run.mib for run in rounds)),
        "median_ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in (ratios[0], ratios[-1])],
        "cpu_ratio": round(statistics.median(run.cpu / base.cpu for run, base in zip(rounds, reference, strict=True)), 2),
    }


def environment() -> dict[str, object]:
    """Return what the figures were measured with."""
    model = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor())
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
