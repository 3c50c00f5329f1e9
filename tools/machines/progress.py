"""Tells what a long job does, at each step and every few seconds in between."""

from __future__ import annotations

import time
from threading import Event, Thread
from types import TracebackType

SECONDS = 5


class Progress:
    """Prints `subject: step, elapsed s` at the begin of each step, and again every SECONDS while it lasts."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._step = "starting"
        self._started = time.monotonic()
        self._done = Event()
        self._reporter = Thread(target=self._report, daemon=True)

    def __enter__(self) -> Progress:
        self._reporter.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        self._reporter.join()

    def step(self, text: str) -> None:
        """The job is now at this step."""
        self._step = text
        self._say()

    def _report(self) -> None:
        while not self._done.wait(SECONDS):
            self._say()

    def _say(self) -> None:
        print(f"{self._subject}: {self._step}, {time.monotonic() - self._started:.0f} s", flush=True)
