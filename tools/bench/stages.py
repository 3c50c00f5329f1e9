"""Times of stages, since the machines answered."""

from __future__ import annotations

import time


class Stages:
    """Notes when each stage is over; says so as it happens."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._started = time.monotonic()
        self.seconds: dict[str, float] = {}
        """Stage → seconds since the start when it was over, in the order in which they ended."""

    def over(self, stage: str) -> None:
        """The stage is over now."""
        self.seconds[stage] = time.monotonic() - self._started
        print(f"{self._subject}: {stage} after {self.seconds[stage]:.1f} s", flush=True)
