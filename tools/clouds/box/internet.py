"""The internet of a cloud in a box: a namespace that routes public addresses between this computer and the networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path

from .containers import INTERNET, Containers
from .namespace import HOST, Namespace, connect_backbone, device, via

# Addresses for documentation (RFC 5737): nobody has them.
OPERATOR = IPv4Address("198.51.100.1")
"""This computer's address in the cloud's internet: what a firewall must let in."""
MIRROR = IPv4Address("203.0.113.1")
"""Where instances find the artifacts, on port 80."""

WAY_OUT = Path(__file__).resolve().parent / "way-out.nft"


class Internet:
    """One cloud's."""

    def __init__(self, cloud: str, containers: Containers, mirror: Path | None) -> None:
        self._containers = containers
        self._mirror = mirror
        self._host_device = device("box", cloud)
        self._routed: tuple[int, dict[str, str]] = (0, {})

    def ensure(self) -> Namespace:
        """Make it if it is not there."""
        found = self._containers.find().get((INTERNET, INTERNET))
        if found is None or not found.running:
            self._containers.make_internet(self._mirror)
            found = self._containers.find()[INTERNET, INTERNET]
            if self._mirror is None:
                found.namespace.load_rules(WAY_OUT.read_text())
        namespace = found.namespace
        if self._host_device not in HOST.devices():
            connect_backbone(HOST, self._host_device, namespace, "host")
            HOST.ip([f"addr add {OPERATOR}/32 dev {self._host_device} noprefixroute"])
            namespace.ip(["link set lo up", f"addr add {MIRROR}/32 dev lo", f"route add {OPERATOR}/32 {via('host')}"])
        return namespace

    def resolver(self, namespace: Namespace) -> str:
        """The resolv.conf of instances: this computer's servers, where they can be reached."""
        if self._mirror is None:
            return Path(f"/proc/{namespace.pid}/root/etc/resolv.conf").read_text()
        # Nobody answers there, and what forwards to a server wants to know one.
        return f"nameserver {MIRROR}\n"

    def route(self, namespace: Namespace, networks: Mapping[str, Sequence[IPv4Address]]) -> None:
        """Send each public address to the network of that device, and let this computer find it here."""
        wanted = {str(address): name for name, addresses in networks.items() for address in addresses}
        if self._routed != (namespace.pid, wanted):
            namespace.try_ip([f"route del {address}/32" for address in self._routed[1] if address not in wanted])
            namespace.ip([f"route replace {address}/32 {via(name)}" for address, name in wanted.items()])
            self._routed = (namespace.pid, wanted)
        lines = HOST.run(["ip", "-oneline", "-4", "route", "show", "dev", self._host_device]).splitlines()
        there = {line.split()[0] for line in lines}
        # `add`: an address that another cloud, or this computer itself, routes elsewhere is not taken away.
        HOST.ip([
            *(f"route del {address}/32 dev {self._host_device}" for address in there - set(wanted)),
            *(f"route add {address}/32 {via(self._host_device)} src {OPERATOR}" for address in set(wanted) - there),
        ])  # fmt: skip
