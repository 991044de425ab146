"""One process per backend, so that no framework is ever imported beside another or beside pytest.

A test asks the fixture ``on`` for a worker: ``on("keras").run(document, weights=..., inputs=...)``. Whatever goes wrong in
the worker is raised here as ``WorkerError``, with the traceback of there.
"""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
What = Literal["outputs", "intermediates", "weights"]

BACKENDS = ("keras", "onnx", "torch")
TIMEOUT_S = 300

ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
"""What the comparison needs: no GPU arithmetic, and no oneDNN kernels that reorder sums."""


THIRD_PARTY: tuple[tuple[str, type[Warning], str], ...] = (
    ("__array__ implementation doesn't accept a copy keyword", DeprecationWarning, r"keras\."),
)
"""Warnings of others about others, by message, category and module; every other warning is an error in a worker."""


class WorkerError(Exception):
    """What was raised in a worker: ``kind`` is the exception's class, ``codes`` the codes of a SpecError."""

    def __init__(self, backend: str, kind: str, codes: tuple[str, ...], text: str) -> None:
        super().__init__(f"in the {backend} worker:\n{text}")
        self.kind, self.codes = kind, codes


@dataclass(frozen=True)
class Failure:
    """An exception as data: those of frameworks do not always pickle."""

    kind: str
    codes: tuple[str, ...]
    text: str


def run(
    backend: str,
    document: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any] | None = None,
    weights: Mapping[str, Array] | None = None,
    seed: int = 0,
    inputs: Mapping[str, Array],
    dtype: str | None = None,
    io_layout: str = "spec",
    what: What | tuple[What, ...] = "outputs",
) -> dict[str, Array]:
    """Compile a document and return what was asked for, by name; for several, names have their kind before them.

    Runs in a worker: ``outputs/y``, ``intermediates/block/conv`` and ``weights/conv/kernel`` where ``what`` is a tuple.
    """
    import modelspec

    model = modelspec.compile(
        modelspec.load(document),
        backend=backend,
        parameters=parameters,
        weights=weights,
        seed=seed,
        io_layout=io_layout,
        dtype=dtype,
    )
    makers: dict[str, Callable[[], Mapping[str, Array]]] = {
        "outputs": lambda: model(dict(inputs)),
        "intermediates": lambda: model.intermediates(dict(inputs)),
        "weights": model.weights,
    }
    if isinstance(what, str):
        return {name: np.asarray(array) for name, array in makers[what]().items()}
    return {f"{kind}/{name}": np.asarray(array) for kind in what for name, array in makers[kind]().items()}


def _prepare(backend: str) -> None:
    """Set the environment, and import the framework while third-party warnings are still allowed."""
    os.environ.update(ENVIRONMENT)
    warnings.simplefilter("ignore")
    from modelspec import plugins

    for module in plugins.load(backend).requires:
        __import__(module)


def _called(function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Run a function with warnings as errors, and return its result or its Failure."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for message, category, module in THIRD_PARTY:
                warnings.filterwarnings("ignore", message, category, module)
            return function(*args, **keywords)
    except Exception as error:
        codes = tuple(finding.code for finding in getattr(error, "diagnostics", ()))
        return Failure(type(error).__name__, codes, traceback.format_exc())


class Worker:
    """The process of one backend; it starts with the first call and is replaced where it dies."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self._pool: ProcessPoolExecutor | None = None

    def run(self, document: Mapping[str, Any], **keywords: Any) -> dict[str, Array]:
        """Compile and run a document there; the arguments are those of the module's ``run``."""
        return self.call(run, self.backend, document, **keywords)

    def call(self, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        """Return what a module-level function returns there, or raise WorkerError."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_prepare, initargs=(self.backend,))
        try:
            result = self._pool.submit(_called, function, args, keywords).result(TIMEOUT_S)
        except BrokenProcessPool as error:
            self.close()
            raise WorkerError(self.backend, "BrokenProcessPool", (), "it died; its own output says why") from error
        except TimeoutError as error:
            self.close(kill=True)
            raise WorkerError(self.backend, "TimeoutError", (), f"no answer after {TIMEOUT_S} s") from error
        if isinstance(result, Failure):
            raise WorkerError(self.backend, result.kind, result.codes, result.text)
        return result

    def close(self, *, kill: bool = False) -> None:
        """End the process; a later call starts another."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if kill:
            for process in list(pool._processes.values()):
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


class Workers:
    """All workers of a session."""

    def __init__(self) -> None:
        self._workers = {backend: Worker(backend) for backend in BACKENDS}

    def on(self, backend: str) -> Worker:
        """Return a backend's worker, whether or not its framework is installed."""
        return self._workers[backend]

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers.values():
            worker.close()
