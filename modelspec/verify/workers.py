"""A process for each backend: frameworks do not always survive one another, and what one of them breaks stays there.

A worker runs module-level functions: ``worker.call(function, *arguments)`` returns what the function returns there. Whatever
goes wrong there is raised here as ``WorkerError``, with the traceback of there.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import IO, Any

from modelspec.diagnostics import SpecError

TIMEOUT_S = 1800.0
"""How long a call may take; a framework that hangs is ended."""

ENVIRONMENT: Mapping[str, str] = {"CUDA_VISIBLE_DEVICES": ""}
"""What a comparison on the CPU needs: no framework computes on a GPU unasked."""

_CHILD = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from modelspec.verify.workers import serve; serve()"


class WorkerError(Exception):
    """What was raised in a worker: ``kind`` is the exception's class, ``findings`` those of a SpecError."""

    def __init__(self, backend: str, kind: str, findings: tuple[Any, ...], text: str) -> None:
        super().__init__(f"in the {backend} worker:\n{text}")
        self.backend, self.kind, self.findings, self.text = backend, kind, findings, text

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings."""
        return tuple(finding.code for finding in self.findings)

    def for_user(self, code: str, what: str) -> SpecError | None:
        """Return what to tell a user: the findings of there, or that ``what`` ended the process; None for a fault of ours."""
        if self.findings:
            return SpecError(self.findings)
        if self.kind not in ("Died", "TimeoutError", "MemoryError"):
            return None
        said = "memory does not suffice" if self.kind == "MemoryError" else " ".join(self.text.split())[:200]
        return SpecError.of(code, f"{what} ends the process that runs it: {said}")


@dataclass(frozen=True)
class _Failure:
    """An exception as data: those of frameworks do not always pickle."""

    kind: str
    findings: tuple[Any, ...]
    text: str


class Worker:
    """The process of one backend; it starts with the first call and is replaced where it dies."""

    def __init__(
        self,
        backend: str,
        *,
        setup: Callable[[str], object] | None = None,
        environment: Mapping[str, str] = ENVIRONMENT,
        timeout: float = TIMEOUT_S,
    ) -> None:
        """``setup`` is a module-level function that the process calls with the backend's name before all else."""
        self.backend, self.timeout = backend, timeout
        self._setup, self._environment = setup, dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._thread = ThreadPoolExecutor(1)

    def submit(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Future[Any]:
        """Begin a call; its result is waited for with ``result``."""
        return self._thread.submit(self._ask, function, arguments, keywords)

    def result(self, future: Future[Any]) -> Any:
        """Return what a call that was begun returns there, or raise WorkerError."""
        try:
            return future.result(self.timeout)
        except Late:
            self._kill()
            raise WorkerError(self.backend, "TimeoutError", (), f"no answer after {self.timeout:g} s") from None

    def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Return what a module-level function returns there, or raise WorkerError."""
        return self.result(self.submit(function, *arguments, **keywords))

    def close(self) -> None:
        """End the process; a later call starts another."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.close()
            process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        self._forget(process)

    def _start(self) -> subprocess.Popen[bytes]:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        process = subprocess.Popen(
            [sys.executable, "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, **self._environment},
        )
        assert process.stdin
        pickle.dump(sys.path, process.stdin)
        pickle.dump((self.backend, self._setup), process.stdin)
        return process

    def _ask(self, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if self._process is None:
            self._process = self._start()
        process, request = self._process, pickle.dumps((function, arguments, keywords), pickle.HIGHEST_PROTOCOL)
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(request)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            said = self._last_words()
            self._kill()
            raise WorkerError(self.backend, "Died", (), f"its process ended ({process.returncode}):\n{said}") from error
        if isinstance(answer, _Failure):
            raise WorkerError(self.backend, answer.kind, answer.findings, answer.text)
        return answer

    def _last_words(self) -> str:
        if self._said is None:
            return ""
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - 4000))
        return self._said.read().decode(errors="replace")

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._forget(process)

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        for stream in (process.stdin, process.stdout, self._said):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # what was not written to a process that is gone
                    continue
        self._said = None


def serve() -> None:
    """Answer calls from the standard input until it ends; what the functions print goes to stderr."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    backend, setup = pickle.load(requests)
    started: Any = None if setup is None else _tried(setup, (backend,), {})
    while True:
        try:
            function, arguments, keywords = pickle.load(requests)
        except EOFError:
            return
        answer = started if isinstance(started, _Failure) else _tried(function, arguments, keywords)
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _tried(function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Return what a function returns, or its failure."""
    try:
        return function(*arguments, **keywords)
    except (Exception, SystemExit) as error:
        return _Failure(type(error).__name__, tuple(getattr(error, "diagnostics", ())), traceback.format_exc())
