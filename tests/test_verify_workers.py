"""Processes of backends: what goes wrong in one is told, and does not stay."""

from __future__ import annotations

import os
import sys
import time

import pytest
from workers import BACKENDS

from modelspec.verify.workers import Worker, WorkerError


def die_saying_why(code: int) -> None:
    print("the last words", file=sys.stderr, flush=True)
    os._exit(code)


def print_and_return(text: str) -> str:
    print(text)
    return text


def raise_what_does_not_pickle() -> None:
    class OfHere(Exception):
        pass

    raise OfHere("for its own reasons")


def refuse(backend: str) -> None:
    raise ValueError(f"nothing starts on {backend}")


def set_a_mark(backend: str) -> None:
    os.environ["MODELSPEC_TEST_MARK"] = backend


@pytest.fixture
def worker():
    made = Worker("onnx")
    yield made
    made.close()


def test_a_worker_that_dies_says_so_and_is_replaced(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="its process ended \\(3\\):\nthe last words") as caught:
        worker.call(die_saying_why, 3)
    assert (caught.value.backend, caught.value.kind, caught.value.codes) == ("onnx", "Died", ())
    assert worker.call(os.getpid) != os.getpid()


def test_a_worker_that_hangs_is_ended() -> None:
    worker = Worker("onnx", timeout=0.5)
    with pytest.raises(WorkerError, match=r"no answer after 0\.5 s"):
        worker.call(time.sleep, 60)
    worker.timeout = 30
    assert worker.call(os.getpid) != os.getpid()
    worker.close()


def test_what_is_printed_there_does_not_spoil_the_answers(worker: Worker) -> None:
    assert [worker.call(print_and_return, text) for text in ("one", "two")] == ["one", "two"]


def test_exceptions_that_do_not_pickle_are_told(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="for its own reasons") as caught:
        worker.call(raise_what_does_not_pickle)
    assert caught.value.kind == "OfHere"


def test_a_setup_runs_first_and_its_failure_is_that_of_every_call() -> None:
    worker = Worker("onnx", setup=set_a_mark)
    assert worker.call(os.getenv, "MODELSPEC_TEST_MARK") == "onnx"
    worker.close()
    worker = Worker("onnx", setup=refuse)
    for _ in range(2):
        with pytest.raises(WorkerError, match="nothing starts on onnx"):
            worker.call(os.getpid)
    worker.close()


def test_a_call_that_cannot_be_sent_does_not_spoil_the_next(worker: Worker) -> None:
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        worker.call(print_and_return, lambda: None)
    assert worker.call(print_and_return, "still here") == "still here"


def test_calls_that_were_begun_are_answered_in_order(worker: Worker) -> None:
    begun = [worker.submit(print_and_return, str(number)) for number in range(5)]
    assert [worker.result(call) for call in begun] == list("01234")


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_gpu_is_used_unasked(backend: str) -> None:
    worker = Worker(backend)
    assert worker.call(os.getenv, "CUDA_VISIBLE_DEVICES") == ""
    worker.close()
