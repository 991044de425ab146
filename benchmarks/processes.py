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

from records import Cell, Table, spread

PACKAGES = (
    "modelspec-compiler", "pydantic", "check-jsonschema", "numpy", "onnx", "onnxruntime", "onnxruntime-openvino", "keras",
    "tensorflow", "torch", "onnxscript", "tf2onnx",
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
    """Return what a process takes in a folder of its own, where it must write ``output``."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=bytecode_kept(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        with process.stderr:
            error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or (output and not (Path(folder) / output).stat().st_size):
            raise RuntimeError(f"{command[:4]} failed:\n{error.decode()[-2000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def bytecode_kept() -> dict[str, str]:
    """Return the environment of a process that may keep bytecode, as an installed package has it: without, Python would compile
    our modules anew in each round."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def compared(title: str, runs: Mapping[str, list[Run]], reference: str) -> Table:
    """Return what commands took; ratios are to the reference by round, as the rounds took turns."""
    base = runs[reference]
    rows: list[list[Cell]] = []
    for name, mine in runs.items():
        ratios = [run.seconds / other.seconds for run, other in zip(mine, base, strict=True)]
        seconds, cpu = ([getattr(run, what) for run in mine] for what in ("seconds", "cpu"))
        rows.append([
            name,
            f"{statistics.median(seconds):.2f}",
            f"{statistics.median(cpu):.2f}",
            f"{max(run.mib for run in mine):.0f}",
            spread(ratios),
        ])  # fmt: skip
    columns = ("median s", "CPU s", "peak MiB", f"time over {reference}: median (least to most)")
    samples = {
        f"{name}, {what}": [round(getattr(run, what), 4) for run in mine] for name, mine in runs.items() for what in Run._fields
    }
    return Table(f"{title}, {len(base)} rounds in turns", columns, rows, samples)


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
