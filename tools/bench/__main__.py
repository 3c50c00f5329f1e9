"""`python -m tools.bench [RUNS]`: this program and kubeadm in turn, on fresh local machines of the same kind."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from pathlib import Path

from . import lock
from .fleet import REPOSITORY, Fleet, Machine, fleet, make_machine
from .kubeadm import script
from .program import Program, program, seconds_of
from .stages import Stages

RANGE = "10.92.0"
END = "CoreDNS available"


def main() -> None:
    """Print each stage's end in seconds since the machines answered, then the ratios of the pairs."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    mirror = Path(os.environ.get("KFS_CACHE", REPOSITORY / ".cache")) / "mirror"
    pairs = [(_kubeadm(mirror), _program(mirror, policy="none")) for _ in range(runs)]
    print("\nSeconds from machines that answer to all Nodes Ready and CoreDNS available:")
    for kubeadm, ours in pairs:
        print(f"  kubeadm {kubeadm:6.1f}   this program {ours:6.1f}   ratio {ours / kubeadm:.2f}")
    print(f"  median ratio {statistics.median(ours / kubeadm for kubeadm, ours in pairs):.2f}")


def _kubeadm(mirror: Path) -> float:
    locked = lock.read(mirror / "lock.yaml", "amd64")
    with fleet("bench-kubeadm", RANGE, mirror) as machines:
        stages = Stages("kubeadm")
        asyncio.run(script.bring_up(machines, locked, stages))
    return stages.seconds[END]


def _program(mirror: Path, *, policy: str) -> float:
    """The program without the policy engine, which kubeadm has not either; then what follows the first `up`."""
    with fleet("bench-program", RANGE, mirror) as machines, program(machines) as subject:
        subject.write(machines.machines, policy=policy)
        stages = Stages("this program")
        asyncio.run(subject.bring_up(stages))
        print(f"this program: up without a change took {seconds_of(subject.up):.1f} s", flush=True)
        _grow(subject, machines, policy=policy)
    return stages.seconds[END]


def _grow(subject: Program, machines: Fleet, *, policy: str) -> None:
    """One more node: the time of the `up`, and what the new machine received."""
    new = make_machine("bench-program", RANGE, 21, "node-4", machines.control_plane.user_key)
    before = asyncio.run(_received(new))
    subject.write((*machines.machines, new), policy=policy)
    seconds = seconds_of(subject.up)
    received = asyncio.run(_received(new)) - before
    print(f"this program: one further node took {seconds:.1f} s and {received / 1e6:.0f} MB", flush=True)


async def _received(machine: Machine) -> int:
    async with machine.connect() as connection:
        answer = await connection.run("cat /sys/class/net/eth0/statistics/rx_bytes", check=True)
    return int(str(answer.stdout))


main()
