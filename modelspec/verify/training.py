"""Training in each backend, held against one another: losses, gradients by weight, and weights and statistics after steps.

All backends start with the same weights, on one batch, and nothing is left to chance: dropout and noise are off. A difference
is relative to the L2 norm of what is compared: of a gradient, or of how far a weight moved. Where that is far smaller than what
it is made from, a thousandth of that stands in, as in ``gates``: the gradient of a bias before a batch normalization is 0 but
for rounding. What is not finite tells nothing, and so is not equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from modelspec import plugins
from modelspec.diagnostics import SpecError, listed
from modelspec.graph import Graph, NodeWeight
from modelspec.verify import gates, jobs
from modelspec.verify.conditioning import DRAWS, ROUNDED, rounded
from modelspec.verify.jobs import Taught
from modelspec.verify.probes import Lesson, generator, lesson
from modelspec.verify.results import Kind, TrainingResult
from modelspec.verify.workers import Worker, WorkerError
from modelspec.weights import Array, Arrays, write


def trainers(backends: Sequence[str]) -> list[str]:
    """Return the backends that train."""
    return [name for name in backends if plugins.trainer(name)]


def check(backends: Sequence[str]) -> None:
    """Raise SpecError (MS704) where training has nothing to be held against: two backends that train are needed."""
    able = trainers(backends)
    if len(able) < 2:
        given = f"of {listed(backends, 'and')} only {able[0]} does" if able else f"{listed(backends, 'and')} cannot"
        hint = f"those of --backends that can are {listed(trainers(plugins.names()), 'and')}"
        raise SpecError.of("MS704", f"training is compared between two backends that can train; {given}", hint)


@dataclass(frozen=True)
class Course:
    """What backends are trained with: a graph that leaves nothing to chance, its weights, and a batch."""

    backends: tuple[str, ...]
    graph: Graph
    weights: Arrays
    file: str
    """Where the weights are."""
    batch: Lesson
    steps: int
    folder: str
    """Where what training leaves goes."""

    def begin(self, worker: Worker) -> Future[Taught]:
        """Begin to train in a worker."""
        return worker.submit(jobs.train, self.graph, worker.backend, self.file, self.batch, self.steps, self.folder)

    def rounded(self, share: float, draw: int) -> Course:
        """Return the course with weights that are rounded at random, in a folder inside of this one's."""
        folder = Path(self.folder) / f"rounded-{draw}"
        folder.mkdir()
        random = generator(draw, "rounded")
        arrays = {key: rounded(array.astype(np.float64), share, random) for key, array in self.weights.items()}
        return replace(self, file=str(write(folder / "weights.safetensors", arrays, self.graph.name)), folder=str(folder))


def course(
    graph: Graph, backends: Sequence[str], weights: Arrays, file: str, seed: int, steps: int, folder: str
) -> Course | None:
    """Return what those of the backends that train are trained with; None where no step is asked for, or one alone would."""
    able = trainers(backends) if steps else []
    if len(able) < 2:
        return None
    certain = graph.without_chance()
    return Course(tuple(able), certain, weights, file, lesson(certain, seed), steps, folder)


def begun(course: Course | None, workers: Mapping[str, Worker]) -> dict[str, Future[Taught]]:
    """Begin to train in the workers of a course, and return what they will have made."""
    return {name: course.begin(workers[name]) for name in course.backends} if course else {}


def compared(course: Course, taught: Mapping[str, Taught], workers: Mapping[str, Worker]) -> Iterator[TrainingResult]:
    """Yield what training left in each backend, held against the first one.

    The order is that of what follows from what, so that the first one that differs is where to look: the loss, the gradients
    from the outputs back, and the weights after the step from the inputs on; then the losses of the other steps, and the
    weights after the last.

    What rounding explains of an error is not guessed: where one is beyond its bound, the first backend trains some times more,
    with weights that are rounded at random, and three times the most that this changes is allowed.
    """
    (reference, right), *others = taught.items()
    bound = gates.training_bound(course.graph, list(taught))
    nodes = {weight.key: node for node in course.graph.nodes for weight in node.weights}
    explained: Mapping[str, float] | None = None
    for backend, found in others:
        for name, kind, key, error in _errors(course, found, right):
            allowed = bound
            if error > bound:
                explained = _explained(course, right, workers[reference], taught) if explained is None else explained
                more = explained.get(f"{kind}/{name}", 0.0)
                allowed += gates.ROUNDING_RATIO * more if np.isfinite(more) else 0.0
            where = (nodes[key].name, str(nodes[key].origin.place or "")) if key else ("", "")
            yield TrainingResult(name, kind, error, allowed, backend, reference, *where)


def _explained(course: Course, right: Taught, worker: Worker, backends: Iterable[str]) -> dict[str, float]:
    """Return how much weights that are rounded change of training, by kind and name; nothing where they cannot be trained."""
    is_inexact = gates.training_bound(course.graph, list(backends)) > gates.TRAINING
    most: dict[str, float] = {}
    for draw in range(DRAWS):
        again = course.rounded(ROUNDED["float32" if is_inexact else "float64"], draw)
        try:
            found = worker.result(again.begin(worker))
        except WorkerError:
            return {}
        for name, kind, _, error in _errors(course, found, right):
            most[f"{kind}/{name}"] = max(error, most.get(f"{kind}/{name}", 0.0))
    return most


def _errors(course: Course, found: Taught, right: Taught) -> Iterator[tuple[str, Kind, str, float]]:
    """Yield the name, the kind, the key of the weight, which a loss has not, and the error of everything that is compared."""
    graph, start = course.graph, course.weights
    for step, (loss, wanted) in enumerate(zip(found.losses, right.losses, strict=True), 1):
        yield f"step {step}", "loss", "", _error(np.array(loss), np.array(wanted))
        if step == 1:
            for key, error in reversed(_gradients(graph, found.gradients, right.gradients).items()):
                yield key, "gradient", key, error
        if step in right.weights:
            for key, error in _weights(graph, start, found.weights[step], right.weights[step]).items():
                yield f"{key} after step {step}", "weight", key, error


def _gradients(graph: Graph, found: Arrays, right: Arrays) -> dict[str, float]:
    """Return how far gradients are off; a weight that one of the two does not train has a gradient of 0 there."""
    overall = float(np.linalg.norm([_norm(array) for array in right.values()]))

    def of(arrays: Arrays, bound: NodeWeight) -> Array:
        return arrays[bound.key] if bound.key in arrays else np.zeros(bound.weight.shape)

    return {
        key: _error(of(found, bound), of(right, bound), reads=overall)
        for key, bound in graph.weights.items()
        if key in found or key in right
    }


def _weights(graph: Graph, start: Arrays, found: Arrays, right: Arrays) -> dict[str, float]:
    """Return how far weights are off, over how far they moved.

    They are made from what they were, and from the gradients, or the statistics of one layer's inputs.
    """
    moved = {key: _norm(right[key] - start[key]) for key in graph.weights}
    trained = max([moved[key] for key, weight in graph.weights.items() if weight.trainable], default=0.0)
    errors: dict[str, float] = {}
    for node in graph.nodes:
        counted = max([moved[weight.key] for weight in node.weights if not weight.trainable], default=0.0)
        for weight in node.weights:
            key, others = weight.key, trained if weight.trainable else counted
            errors[key] = _error(found[key], right[key], moved[key], max(others, _norm(right[key])))
    return errors


def _error(found: Array, right: Array, size: float | None = None, reads: float = 0.0) -> float:
    """Return the L2 norm of a difference over a size, that of ``right`` where none is given."""
    if found.shape != right.shape or not (np.isfinite(found).all() and np.isfinite(right).all()):
        return float("inf")
    off, scale = _norm(found - right), max(_norm(right) if size is None else size, gates.CANCELLED * reads)
    return 0.0 if off == 0.0 else off / scale if scale else float("inf")


def _norm(values: Array) -> float:
    return float(np.linalg.norm(values.ravel()))
