"""`python -m tools.bench.growth`: one more node at 4 and at 12 machines, and an upgrade's time for each node."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from components.plan.lock import read_lock

from .fleet import REPOSITORY, Fleet, Machine, fleet, make_machine
from .program import program, seconds_of

CLUSTER, RANGE = "bench-growth", "10.93.0"


def main() -> None:
    """Print seconds and their ratio."""
    mirror = Path(os.environ.get("KFS_CACHE", REPOSITORY / ".cache")) / "mirror"
    lock = read_lock(mirror / "lock.yaml")
    newest = lock.default("kubernetes")
    minor = int(newest.split(".")[1])
    # Where no older version was built (make artifacts), another flag of each kubelet and API server takes its place.
    older = next((version for version in lock.kubernetes if version.startswith(f"1.{minor - 1}.")), newest)
    before = {"kubernetesVersion": older}
    flags = {} if older != newest else {"extraArgs": {"kubelet": {"v": "3"}, "kubeApiserver": {"v": "2"}}}
    after = {"kubernetesVersion": newest, **flags}
    with fleet(CLUSTER, RANGE, mirror) as machines, program(machines) as subject:
        there = list(machines.machines)
        subject.write(tuple(there), policy="calico", **before)
        print(f"four machines: {seconds_of(subject.up):.1f} s", flush=True)
        seconds = {}
        for size in (4, 12):
            if len(there) < size:
                there += _make(machines, len(there), size)
                subject.write(tuple(there), policy="calico", **before)
                subject.up()
            there += _make(machines, len(there), size + 1)
            subject.write(tuple(there), policy="calico", **before)
            seconds[size] = seconds_of(subject.up)
            print(f"one more at {size} machines: {seconds[size]:.1f} s", flush=True)
        print(f"at 12 machines it takes {seconds[12] / seconds[4]:.2f} times as long as at 4", flush=True)
        subject.write(tuple(there), policy="calico", **after)
        took = seconds_of(subject.up)
        print(f"from {before} to {after}: {took:.1f} s, {took / len(there):.1f} s for each of {len(there)} machines")


def _make(machines: Fleet, have: int, want: int) -> list[Machine]:
    key = machines.control_plane.user_key
    places = range(have, want)
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda n: make_machine(CLUSTER, RANGE, 20 + n, f"node-{n}", key), places))


if __name__ == "__main__":
    main()
