"""Lets the data plane follow the control plane: after each change, and every few seconds."""

from __future__ import annotations

import threading
import time
import traceback

from tools.clouds.box.data_plane import DataPlane
from tools.clouds.world import ControlPlane

# Also finds what nobody announces: a machine that was rebooted from within.
INTERVAL_SECONDS = 5.0


class Follower:
    """One thread; errors are told in `problem` and the next pass comes all the same."""

    def __init__(self, control_plane: ControlPlane, data_plane: DataPlane) -> None:
        self.problem = ""
        self._control_plane, self._data_plane = control_plane, data_plane
        self._passes = threading.Condition()
        self._begun = self._ended = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="follower")

    def start(self) -> None:
        """Begin with an empty computer: what an earlier daemon left is of a cloud that no longer exists."""
        self._data_plane.clear()
        self._thread.start()

    def stop(self) -> None:
        """End after the pass that is under way, and remove everything."""
        self._stopping = True
        self._control_plane.changed.set()
        self._thread.join()
        self._data_plane.clear()

    def unsettled(self) -> list[str]:
        """What is not as it was asked for, as of the last pass."""
        return [self.problem] if self.problem else self._data_plane.status.unsettled()

    def settle(self, limit: float) -> list[str]:
        """Wait until a pass that began from now on finds all as asked for; returns what is not after `limit` s."""
        deadline = time.monotonic() + limit
        with self._passes:
            needed = self._begun + 1
        self._control_plane.changed.set()
        while True:
            if not self._wait_for_pass(needed, deadline):
                return ["the data plane is still at work", *self.unsettled()]
            if not self.unsettled() or time.monotonic() > deadline:
                return self.unsettled()
            needed += 1

    def _wait_for_pass(self, number: int, deadline: float) -> bool:
        with self._passes:
            return self._passes.wait_for(lambda: self._ended >= number, max(1.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while not self._stopping:
            with self._passes:
                self._begun += 1
            self._control_plane.changed.clear()
            try:
                self._data_plane.follow(self._control_plane.world())
                self.problem = ""
            except Exception as error:  # the cloud stays up, whatever one pass ran into
                traceback.print_exc()
                self.problem = f"{type(error).__name__}: {error}"
            with self._passes:
                self._ended = self._begun
                self._passes.notify_all()
            # While machines boot or checks fail, somebody waits for news.
            self._control_plane.changed.wait(1 if self.unsettled() else INTERVAL_SECONDS)
