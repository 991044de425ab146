"""Whole processes, measured: wall-clock seconds, peak memory, and what they were measured on."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("modelspec-compiler", "pydantic", "numpy", "onnx", "keras", "tensorflow", "torch", "onnxscript", "tf2onnx")


def measure(command: list[str], output: str | None = None) -> tuple[float, float]:
    """Return the seconds and the peak MiB of a process in a folder of its own, where it must write ``output``."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        error = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or (output and not (Path(folder) / output).stat().st_size):
            raise RuntimeError(f"{command[:4]} failed:\n{error.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def summarize(rounds: list[tuple[float, float]], reference: list[tuple[float, float]]) -> dict[str, object]:
    """Return the medians of a contestant, and its ratio to the reference by round: the rounds took turns."""
    ratios = sorted(seconds / base for (seconds, _), (base, _) in zip(rounds, reference, strict=True))
    return {
        "seconds": [round(seconds, 3) for seconds, _ in rounds],
        "median_seconds": round(statistics.median(seconds for seconds, _ in rounds), 3),
        "peak_mib": round(max(mib for _, mib in rounds)),
        "median_ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in (ratios[0], ratios[-1])],
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
