"""A control plane without an API: its world is what the test wrote to the file that KFS_FAKE_WORLD names."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Mapping
from pathlib import Path

from tools.clouds.world import World


class FakeCloud:
    """One cloud."""

    def __init__(self) -> None:
        self.changed = threading.Event()
        self._file = Path(os.environ["KFS_FAKE_WORLD"])

    def start(self, port: int) -> None:
        """There is nothing to serve."""

    def world(self) -> World:
        """What the test wrote last."""
        world: World = pickle.loads(self._file.read_bytes())
        return world

    def act(self, action: str, target: str, size: int | None = None) -> None:
        """Knows of nothing."""
        raise ValueError(f"there is no {target} to {action}")

    def environment(self, port: int) -> Mapping[str, str]:
        """Something to see in `tools/cloud env`."""
        return {"FAKE_ENDPOINT": f"http://127.0.0.1:{port}"}


def control_plane() -> FakeCloud:
    """A cloud."""
    return FakeCloud()
