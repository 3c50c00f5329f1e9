"""What several tests use: a lock file with every part and made-up sums, and plans made with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.config.previous import PreviousCluster
from components.config.settings import ClusterConfig
from components.plan import Plan, make_plan
from components.plan.lock import Lock, read_lock

TESTS = Path(__file__).parent
LOCK = TESTS / "lock.yaml"

LOCAL: dict[str, Any] = {
    "clusterName": "local",
    "provider": "local",
    "binaries": {"source": "mirror", "url": "http://10.80.0.2"},
    "images": {"source": "archives"},
    "machines": [
        {"name": "cp1", "role": "control-plane", "address": "10.80.0.11"},
        {"name": "n1", "address": "10.80.0.21"},
        {"name": "n2", "address": "10.80.0.22"},
    ],
}
HIGHLY_AVAILABLE: dict[str, Any] = {
    **LOCAL,
    "clusterName": "ha",
    "api": {"virtualAddress": "10.80.0.10"},
    "machines": [
        *({"name": f"cp{n}", "role": "control-plane", "address": f"10.80.0.1{n}"} for n in (1, 2, 3)),
        {"name": "n1", "address": "10.80.0.21"},
    ],
}


def lock() -> Lock:
    """The lock file of the tests."""
    return read_lock(LOCK)


def plan(settings: dict[str, Any] = LOCAL, previous: PreviousCluster | None = None, **changes: Any) -> Plan:
    """The plan for these settings; `changes` replace top-level ones, `previous` is what was there."""
    return make_plan(ClusterConfig.model_validate({**settings, **changes}), lock(), None, previous)
