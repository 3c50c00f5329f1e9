"""Commands inside a container's network namespace."""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

# A backbone link has one neighbour at its other end, under this address, and it always has this hardware address; so
# nobody needs an address of its own there.
BACKBONE_HOP = "169.254.1.1"
BACKBONE_HARDWARE = "02:00:00:00:00:01"
CLONE_NEWNET = 0x40000000  # from <sched.h>
LIMIT_SECONDS = 30


class BoxError(Exception):
    """What could not be made real, as a sentence."""


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """The network namespace of a process."""

    name: str
    pid: int

    def ip(self, lines: Sequence[str]) -> None:
        """Run lines of `ip`, stopping at the first that fails."""
        if not lines:
            return
        self.run(["ip", "-batch", "-"], "\n".join(lines) + "\n")

    def try_ip(self, lines: Sequence[str]) -> None:
        """Run lines of `ip`, of which any may fail."""
        self._call(["ip", "-force", "-batch", "-"], "\n".join(lines) + "\n")

    def devices(self) -> dict[str, int]:
        """Its network devices: name → number, which no other device ever has there."""
        lines = self.run(["ip", "-oneline", "link"]).splitlines()
        return {line.split(": ")[1].partition("@")[0]: int(line.split(": ")[0]) for line in lines}

    def load_rules(self, text: str) -> None:
        """Load an nftables file, all or nothing; with the container's own nft."""
        self.run(["nft", "-f", "-"], text, "--mount")

    def run(self, command: list[str], text: str = "", *more: str) -> str:
        """Run a command there and return its output; raises BoxError."""
        done = self._call(command, text, *more)
        if done.returncode != 0:
            raise BoxError(f"{self.name}: `{' '.join(command)}` failed: {done.stderr.strip()[:500]}")
        return done.stdout

    def enter(self) -> None:
        """Move the calling thread there, for good: sockets it opens from now on are in this namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        try:
            if libc.setns(descriptor, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns to {self.name}")
        finally:
            os.close(descriptor)

    def _call(self, command: list[str], text: str, *more: str) -> subprocess.CompletedProcess[str]:
        entered = ["nsenter", "--target", str(self.pid), "--net", *more, *command]
        return subprocess.run(entered, input=text, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)


HOST = Namespace(name="this computer", pid=os.getpid())


def device(prefix: str, identity: str) -> str:
    """A device's name, at most 15 characters, for an object of that id."""
    return f"{prefix}-{hashlib.sha256(identity.encode()).hexdigest()[:10]}"


def connect_backbone(near: Namespace, near_device: str, far: Namespace, far_device: str) -> None:
    """Make a link between two namespaces over which both route with `via`."""
    HOST.ip([
        f"link add {near_device} netns {near.pid} address {BACKBONE_HARDWARE} type veth "
        f"peer name {far_device} netns {far.pid} address {BACKBONE_HARDWARE}"
    ])  # fmt: skip
    try:
        for namespace, name in ((near, near_device), (far, far_device)):
            namespace.ip([
                f"link set {name} up",
                f"neigh replace {BACKBONE_HOP} lladdr {BACKBONE_HARDWARE} dev {name} nud permanent",
            ])  # fmt: skip
    except BoxError:
        near.try_ip([f"link delete {near_device}"])
        raise


def via(name: str) -> str:
    """The part of a route that leads over a backbone link."""
    return f"via {BACKBONE_HOP} dev {name} onlink"
