"""The routes of one network as lines for `ip`: pure functions.

Each kind of sender (its subnet, and whether it has a public address) has a table of its own, chosen by the device that
its packets come from. What comes from outside, from a balancer or from the network itself takes the first table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from tools.clouds.world import Instance, Network, Route

from .namespace import device, via

# Marks connections that a balancer handed on: their answers go back the way they came, whatever a subnet's table says.
BALANCED_MARK = 1


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Tables, and for each a list of what is looked up there."""

    tables: tuple[tuple[str, ...], ...]
    """Routes without the table's number: 'add 10.0.0.1 dev x'."""
    rules: tuple[tuple[str, int], ...]
    """Selector and index of the table, first match first."""

    def lines(self, base: int) -> list[str]:
        """Lines that fill the tables numbered from `base`, and then choose them."""
        lines = [
            f"route add {route} table {base + number}"
            for number, routes in enumerate(self.tables)
            for route in routes
        ]  # fmt: skip
        for place, (selector, table) in enumerate(self.rules):
            lines.append(f"rule add pref {base + place} {selector} lookup {base + table}")
        return lines

    def withdrawal(self, base: int) -> list[str]:
        """Lines that take back what `lines` did."""
        return [
            *(f"rule del pref {base + place}" for place in range(len(self.rules))),
            *(f"route flush table {base + number}" for number in range(len(self.tables))),
        ]


def make_routing(network: Network, instances: Sequence[Instance], routes: Sequence[Route]) -> Routing:
    """The routing of a network; `instances` are those of it that are switched on."""
    own = [
        *(f"{instance.address} dev {device('i', instance.id)}" for instance in instances),
        *(
            f"{alias} via {instance.address} dev {device('i', instance.id)} onlink"
            for instance in instances
            for alias in instance.aliases
        ),
        *(f"unreachable {range_}" for range_ in network.ranges),
    ]
    tables = [(*own, f"default {via('igw')}")]
    rules = [(f"fwmark {BALANCED_MARK}", 0)]
    for subnet, public in sorted({kind_of(instance) for instance in instances}):
        senders = [instance for instance in instances if kind_of(instance) == (subnet, public)]
        chosen = choose(routes, subnet, public=public)
        tables.append((*own, *(_line(route, instances) for route in chosen), "unreachable default metric 4294967295"))
        rules += [(f"iif {device('i', sender.id)}", len(tables) - 1) for sender in senders]
    return Routing(tables=tuple(tables), rules=(*rules, ("from all", 0)))


def kind_of(instance: Instance) -> tuple[IPv4Network, bool]:
    """What decides about an instance's table."""
    return instance.subnet, instance.public_address is not None


def choose(routes: Sequence[Route], subnet: IPv4Network, *, public: bool) -> list[Route]:
    """The routes of a subnet, one for each destination."""
    chosen: dict[IPv4Network, Route] = {}
    for route in routes:
        if route.subnets and subnet not in route.subnets:
            continue
        rival = chosen.get(route.destination)
        if rival is None or route.next_hop == ("internet" if public else "nat"):
            chosen[route.destination] = route
    return list(chosen.values())


def nat_sources(instances: Sequence[Instance], routes: Sequence[Route]) -> dict[Instance, IPv4Address | None]:
    """The instances that leave by NAT, with the address they get."""
    found = {}
    for instance in instances:
        subnet, public = kind_of(instance)
        for route in choose(routes, subnet, public=public):
            if route.next_hop == "nat":
                found[instance] = route.nat_address
    return found


def _line(route: Route, instances: Sequence[Instance]) -> str:
    if route.next_hop == "internet":
        return f"{route.destination} {via('igw')}"
    if route.next_hop == "nat":
        return f"{route.destination} {via('nat')}"
    for instance in instances:
        if instance.id == route.next_hop:
            return f"{route.destination} via {instance.address} dev {device('i', instance.id)} onlink"
    # As a black hole in the clouds: the instance is stopped or gone.
    return f"unreachable {route.destination}"
