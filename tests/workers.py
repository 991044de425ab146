"""One process per backend, so that no framework is ever imported beside another or beside pytest.

A test asks the fixture ``on`` for a worker: ``on("keras").run(document, weights=..., inputs=...)``. Whatever goes wrong in
the worker is raised here as ``WorkerError``, with the traceback of there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from modelspec.verify import workers
from modelspec.verify.workers import WorkerError

__all__ = ["BACKENDS", "Array", "Worker", "WorkerError", "Workers", "run"]

Array = NDArray[Any]
What = Literal["outputs", "intermediates", "weights"]

BACKENDS = ("keras", "onnx", "torch")
TIMEOUT_S = 300

ENVIRONMENT = {
    **workers.ENVIRONMENT,
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
"""What the comparison needs: no GPU arithmetic, and no oneDNN kernels that reorder sums."""


THIRD_PARTY: tuple[tuple[str, type[Warning], str], ...] = (
    ("__array__ implementation doesn't accept a copy keyword", DeprecationWarning, r"keras\."),
    ("`torch.jit.script_method` is deprecated", DeprecationWarning, r"torch\."),
)
"""Warnings of others about others, by message, category and module; every other warning is an error in a worker."""


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
    """Import the framework while third-party warnings are still allowed."""
    warnings.simplefilter("ignore")
    from modelspec import plugins

    for module in plugins.load(backend).requires:
        __import__(module)


def _strictly(function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Run a function with warnings as errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message, category, module in THIRD_PARTY:
            warnings.filterwarnings("ignore", message, category, module)
        return function(*args, **keywords)


class Worker(workers.Worker):
    """The process of one backend, in which warnings are errors."""

    def __init__(self, backend: str) -> None:
        super().__init__(backend, setup=_prepare, environment=ENVIRONMENT, timeout=TIMEOUT_S)

    def run(self, document: Mapping[str, Any], **keywords: Any) -> dict[str, Array]:
        """Compile and run a document there; the arguments are those of the module's ``run``."""
        return self.call(run, self.backend, document, **keywords)

    def submit(self, function: Callable[..., Any], *args: Any, **keywords: Any) -> Future[Any]:
        return super().submit(_strictly, function, args, keywords)


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
