"""`python -m tools.bench`: times kubeadm on four fresh local machines."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from . import lock
from .fleet import REPOSITORY, fleet
from .kubeadm import script
from .stages import Stages


def main() -> None:
    """Print each stage's end in seconds since the machines answered."""
    mirror = Path(os.environ.get("KFS_CACHE", REPOSITORY / ".cache")) / "mirror"
    locked = lock.read(mirror / "lock.yaml", "amd64")
    with fleet("bench-kubeadm", "10.92.0", mirror) as machines:
        stages = Stages("kubeadm")
        asyncio.run(script.bring_up(machines, locked, stages))


main()
