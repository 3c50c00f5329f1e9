"""Networks of a cloud: what routes, filters and balances between the instances of one VPC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from tools.clouds.world import Balancer, Instance, Network, World

from . import packet_filter, routing
from .flavour import Flavour
from .health import Probe
from .namespace import BoxError, Namespace, connect_backbone, device
from .routing import Routing

# Two sets of table numbers: the new one is complete before it is chosen, so no packet is lost over a change.
BASES = (10_000, 20_000)
AGENT_LEAVES_ALIASES = re.compile(r"^\[IpForwarding\]\s*(?:^\w.*\s*)*^ip_aliases *= *false", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class View:
    """What of a world concerns one network."""

    network: Network
    instances: tuple[Instance, ...]
    """Those that are switched on."""
    world: World
    """All of it."""

    @property
    def balancers(self) -> list[Balancer]:
        """Its balancers."""
        return [one for one in self.world.balancers if one.network == self.network.id]

    def own_addresses(self) -> set[IPv4Address]:
        """For which the network itself answers ARP: its subnets' gateways, and its private balancers."""
        return {
            *(one.subnet[1] for one in self.instances),
            *(one.address for one in self.balancers if not one.public),
        }

    def nat(self) -> dict[Instance, IPv4Address]:
        """Who leaves by NAT, and under which address."""
        routes = [route for route in self.world.routes if route.network == self.network.id]
        sources = routing.nat_sources(self.instances, routes)
        return {one: address or _some_address(self.network.id) for one, address in sources.items()}

    def public_addresses(self) -> dict[str, list[IPv4Address]]:
        """Device in the internet → the public addresses that lie behind it."""
        # Also those of what is switched off: they must lead nowhere, and not out of this computer.
        asked = [one for one in self.world.instances if one.network == self.network.id]
        held = [one.public_address for one in asked if one.public_address is not None]
        balanced = {one.address for one in self.balancers if one.public}
        return {
            device("u", self.network.id): [*held, *balanced],
            device("n", self.network.id): list(set(self.nat().values())),
        }


@dataclass(kw_only=True)
class Applied:
    """What a network's namespace has now."""

    pid: int
    devices: frozenset[tuple[str, int]] = frozenset()
    routing: Routing | None = None
    base: int = BASES[0]
    filter: str = ""
    addresses: set[IPv4Address] = field(default_factory=set)


class Networks:
    """Those of one cloud."""

    def __init__(self, flavour: Flavour) -> None:
        self._flavour = flavour
        self._applied: dict[str, Applied] = {}

    def connect(self, network: str, router: Namespace, internet: Namespace) -> None:
        """Link a network with the internet, twice: for those with a public address, and for NAT."""
        devices = router.devices()
        for near, far in (("igw", device("u", network)), ("nat", device("n", network))):
            if near not in devices:
                connect_backbone(router, near, internet, far)

    def apply(self, view: View, router: Namespace, verdicts: dict[tuple[str, str], tuple[bool, str]]) -> None:
        """Bring routes and rules up to date."""
        state = self._applied.get(view.network.id)
        if state is None or state.pid != router.pid:
            state = self._applied[view.network.id] = Applied(pid=router.pid)
            sources = [self._flavour.check_source] if self._flavour.check_source else []
            router.ip(["link set lo up", *(f"addr add {address}/32 dev lo" for address in sources)])
        addresses = view.own_addresses()
        router.ip([f"addr add {address}/32 dev lo" for address in addresses - state.addresses])
        router.ip([f"addr del {address}/32 dev lo" for address in state.addresses - addresses])
        state.addresses = addresses
        # The rules first: what was not let in before must not pass while the routes change.
        self._apply_filter(view, router, state, verdicts)
        self._apply_routing(view, router, state)

    def probes(self, view: View, router: Namespace) -> list[Probe]:
        """What the network's balancers ask of their targets; one that is switched off does not answer."""
        instances = {one.id: one for one in view.instances}
        return [
            Probe(
                balancer=balancer.id,
                target=target,
                source=self._flavour.check_source or instances[target].subnet[1],
                address=instances[target].address,
                check=balancer.check,
                namespace=router,
            )
            for balancer in view.balancers
            if balancer.check is not None
            for target, _ in balancer.targets
            if target in instances
        ]

    def _apply_filter(
        self, view: View, router: Namespace, state: Applied, verdicts: dict[tuple[str, str], tuple[bool, str]]
    ) -> None:
        served = [packet_filter.Served(balancer=one, targets=_served(one, view, verdicts)) for one in view.balancers]
        text = packet_filter.render(self._flavour, view.instances, view.world.rules, view.nat(), served)
        if text != state.filter:
            router.load_rules(text)
            state.filter = text

    def _apply_routing(self, view: View, router: Namespace, state: Applied) -> None:
        routes = [route for route in view.world.routes if route.network == view.network.id]
        wanted = routing.make_routing(view.network, view.instances, routes)
        # The kernel drops the routes of a link that went, so they are given anew when it is back.
        devices = frozenset(router.devices().items())
        if (wanted, devices) == (state.routing, state.devices):
            return
        base = BASES[1] if state.base == BASES[0] else BASES[0]
        router.try_ip(wanted.withdrawal(base))
        router.ip(wanted.lines(base))
        if state.routing is not None:
            router.try_ip(state.routing.withdrawal(state.base))
        state.routing, state.base, state.devices = wanted, base, devices


def connect_instance(flavour: Flavour, router: Namespace, instance: Instance, own: Namespace) -> None:
    """Give an instance its link, with the router as its only neighbour."""
    name, gateway = device("i", instance.id), instance.subnet[1]
    router.ip([
        f"link add {name} mtu {flavour.mtu} netns {router.pid} type veth "
        f"peer name eth0 mtu {flavour.mtu} netns {own.pid}",
        f"link set {name} up",
    ])  # fmt: skip
    try:
        # The kernel's answers for others wait 0.8 s otherwise.
        router.run(["sysctl", "--quiet", "--write", f"net.ipv4.neigh.{name}.proxy_delay=0"])
        own.ip([
            "link set lo up",
            f"addr add {instance.address}/{instance.subnet.prefixlen if flavour.on_link else 32} dev eth0",
            "link set eth0 up",
            f"route add default via {gateway} dev eth0 onlink",
        ])  # fmt: skip
    except BoxError:
        router.try_ip([f"link delete {name}"])
        raise


def act_as_guest_agent(view: View, namespaces: dict[str, Namespace]) -> None:
    """What Google's guest agent does on every machine: it takes its balancers' addresses for its own (with passthrough
    they arrive as they are), and its alias ranges, unless its settings leave those to others."""
    for instance in view.instances:
        wanted = {
            str(one.address) for one in view.balancers for target, _ in one.targets if target == instance.id
        }  # fmt: skip
        own = namespaces[instance.id]
        if not AGENT_LEAVES_ALIASES.search(_read(own, "etc/default/instance_configs.cfg")):
            wanted |= {str(alias) for alias in instance.aliases}
        lines = own.run(["ip", "-oneline", "route", "show", "table", "local", "proto", "66"]).splitlines()
        there = {line.split()[1] for line in lines}
        own.ip([
            *(f"route del local {address} dev eth0 proto 66 table local" for address in there - wanted),
            *(f"route add local {address} dev eth0 proto 66 table local" for address in wanted - there),
        ])  # fmt: skip


def _read(own: Namespace, path: str) -> str:
    try:
        return (Path("/proc") / str(own.pid) / "root" / path).read_text()
    except OSError:
        return ""


def _served(
    balancer: Balancer, view: View, verdicts: dict[tuple[str, str], tuple[bool, str]]
) -> tuple[tuple[IPv4Address, int], ...]:
    """Healthy targets; all of them where none is healthy, as both clouds do rather than serve nobody."""
    addresses = {one.id: one.address for one in view.instances}
    targets = [(target, port) for target, port in balancer.targets if target in addresses]
    healthy = [
        (target, port)
        for target, port in targets
        if balancer.check is None or verdicts.get((balancer.id, target), (False, ""))[0]
    ]
    return tuple((addresses[target], port) for target, port in healthy or targets)


def _some_address(network: str) -> IPv4Address:
    """Of 100.64.0.0/10, the shared address space (RFC 6598)."""
    return IPv4Address("100.64.0.0") + int(device("x", network)[2:7], 16)


def public_by_device(views: Sequence[View]) -> dict[str, list[IPv4Address]]:
    """Of all networks: device in the internet → public addresses behind it."""
    return {name: addresses for view in views for name, addresses in view.public_addresses().items()}
