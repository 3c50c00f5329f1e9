"""What a control plane asks for, in words that every cloud shares: the interface to the data plane (tools.clouds.box).

A control plane (tools.clouds.aws, tools.clouds.gce) answers a cloud's HTTP API and tells, at any time, the `World` that
follows from it. The data plane compares that with what there is on this computer and makes the difference good.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, Protocol

Protocols = Literal["tcp", "udp", "icmp", "all", "ipip"]
"""What a rule lets in; other IP protocols are given by their number."""

ACTIONS = (
    "stop-instance",
    "start-instance",
    "delete-instance",
    "delete-route",
    "delete-rule",
    "check-source-dest",
    "break-health-check",
    "resize-group",
)
"""What `act` can do: what happens to a cloud behind the engine's back. The last one takes a size."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """A VPC (AWS), or a network with its subnetworks (GCE)."""

    id: str
    ranges: tuple[IPv4Network, ...]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A machine that was not terminated."""

    id: str
    name: str
    """Host name."""
    network: str
    """Id of its network."""
    address: IPv4Address
    """Private."""
    subnet: IPv4Network
    public_address: IPv4Address | None
    user_data: str
    """For cloud-init, as the instance would read it: decoded."""
    running: bool
    forwards: bool
    """Packets that are neither from nor to its own address pass: source/dest check off, or canIpForward."""
    image: str
    """Such as debian-12."""
    ssh_keys: tuple[str, ...]
    """Public keys that the cloud itself hands out: a key pair's, or those of the metadata."""
    zone: str
    region: str
    aliases: tuple[IPv4Network, ...] = ()
    """Further ranges that are its own (GCE's alias ranges)."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route that is not the network's own."""

    network: str
    subnets: tuple[IPv4Network, ...]
    """For packets that come from there; empty: from everywhere in the network."""
    destination: IPv4Network
    next_hop: str
    """An instance's id, "internet" or "nat". Of these two, those with a public address take "internet"."""
    nat_address: IPv4Address | None = None
    """With "nat": the public address that what comes from there has in the internet; None: some address."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Lets packets in to some instances. What no rule lets in is dropped; answers pass, and so does what goes out."""

    instances: tuple[str, ...]
    """Ids of those it guards."""
    protocol: str
    """See `Protocols`."""
    ports: tuple[tuple[int, int], ...]
    """First and last; empty: all."""
    sources: tuple[IPv4Network, ...]
    source_instances: tuple[str, ...]
    """Ids."""
    destinations: tuple[IPv4Network, ...] = ()
    """Addresses that are asked for, of those that the guarded instances get packets for; empty: any."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How a balancer finds out whether a target serves. Certificates are not verified, as in the clouds."""

    protocol: Literal["https", "http", "tcp"]
    port: int
    path: str
    """Unused with tcp."""
    interval: int
    """Seconds, as `timeout`."""
    timeout: int
    healthy: int
    """Checks in a row that must succeed for a target to come in."""
    unhealthy: int
    """Checks in a row that must fail for a target to go out."""


@dataclass(frozen=True, kw_only=True)
class Balancer:
    """Hands connections to an address and port on to its healthy targets."""

    id: str
    network: str
    address: IPv4Address
    """Public, or one of the network's."""
    port: int
    targets: tuple[tuple[str, int], ...]
    """Instance id and port."""
    check: HealthCheck | None
    """None: each target counts as healthy."""
    public: bool
    allowed: tuple[IPv4Network, ...] | None
    """Who may connect; None: everybody (the targets' own rules may still refuse)."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Machines that the cloud itself keeps at a number: an auto-scaling group, a managed instance group."""

    id: str
    name: str
    size: int
    """How many machines it should have."""
    instances: tuple[str, ...]
    """Ids of those it has."""
    problem: str
    """Why it could not make the last one; empty: it could."""


@dataclass(frozen=True, kw_only=True)
class World:
    """All that a cloud holds at one moment."""

    networks: tuple[Network, ...] = ()
    instances: tuple[Instance, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    groups: tuple[Group, ...] = ()


class ControlPlane(Protocol):
    """One cloud, in memory."""

    changed: threading.Event
    """Set after each request that changed something, so that the data plane follows at once."""

    def start(self, port: int) -> None:
        """Serve the cloud's HTTP API on 127.0.0.1:port, in threads. Raises OSError if the port is taken."""

    def world(self) -> World:
        """What is asked for now."""

    def act(self, action: str, target: str, size: int | None = None) -> None:
        """Do one of ACTIONS to the object of that id or name; ValueError, with what there is, if there is none."""

    def environment(self, port: int) -> Mapping[str, str]:
        """What a client needs: the official variables with the endpoint, credentials, region or project."""
