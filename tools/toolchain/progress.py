"""Progress of long steps, as plain lines: several steps may print at once, and logs keep them."""

import threading
import time
from typing import Self

INTERVAL_SECONDS = 5.0
"""Between two lines of one step: often enough to see that it lives, seldom enough to read."""


def say(step: str, text: str) -> None:
    """Print one line of a step."""
    print(f"[{step}] {text}", flush=True)


def duration(seconds: float) -> str:
    """Seconds as a person writes them: 42 s, 3 min 20 s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def size(count: float) -> str:
    """Bytes as a person writes them, in MB."""
    return f"{count / 1e6:.1f} MB"


class Ticker:
    """Prints `status` and the elapsed time every few seconds for as long as the block runs."""

    def __init__(self, step: str, status: str) -> None:
        self.status = status
        self._step = step
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = time.monotonic()

    @property
    def elapsed(self) -> str:
        """Time since the block began."""
        return duration(time.monotonic() - self._started)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(INTERVAL_SECONDS):
            say(self._step, f"{self.status}, {self.elapsed}")
