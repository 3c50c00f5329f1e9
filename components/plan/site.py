"""The node range of a cloud: cut into a part for each zone, and small parts at the end for what stands between the
cluster and the internet.

With 10.80.0.0/24 and three zones: 10.80.0.0/26, .64/26 and .128/26 for machines, 10.80.0.192/28, .208/28 and .224/28
for balancers and NAT gateways of these zones, 10.80.0.240/28 for the bastion. In a zone's part the API's private
address is the fifth, and machines have the places that their pool says.

Groups of machines have subnets of their own, in the last part, which is cut once more as the node range was: with
10.80.0.0/22 and three zones, 10.80.3.0/26 for edges and bastion, 10.80.3.64/26, .128/26 and .192/26 for groups in these
zones. On GCE, where a subnetwork spans the zones, groups have one: the last part's second half.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from components.plan.addresses import nth_address

# AWS keeps the first four addresses of a subnet and the last, GCE the first two and the last two.
RESERVED_FIRST, RESERVED_LAST = 4, 2
API_PLACE = RESERVED_FIRST
# AWS has no smaller subnets; a balancer needs eight free addresses.
EDGE_PREFIX = 28


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A zone with its part of the node range."""

    name: str
    subnet: IPv4Network
    """Machines' addresses: nothing but the plan takes one."""
    edge: IPv4Network
    """AWS: the public subnet of the API's public balancer and of NAT gateways, which take addresses as they like."""
    api_address: IPv4Address
    """The API's private address that machines of this zone use."""
    groups: IPv4Network | None
    """Where machines of groups have their addresses; None where the node range is too small for groups."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """All zones, in the order of the configuration, and the bastion's place."""

    zones: tuple[Zone, ...]
    bastion_subnet: IPv4Network
    bastion_address: IPv4Address

    def zone(self, name: str) -> Zone:
        """The zone of that name; StopIteration where there is none (config has checked that)."""
        return next(zone for zone in self.zones if zone.name == name)


def part_prefix(node_range: IPv4Network, zones: int) -> int:
    """The prefix length of a zone's part: a power of two of equal parts, one more than zones at least."""
    return node_range.prefixlen + zones.bit_length()


def fits(node_range: IPv4Network, zones: int) -> bool:
    """Whether the last part has room for an edge of each zone and the bastion's."""
    spare = EDGE_PREFIX - part_prefix(node_range, zones)
    return spare >= 0 and 1 << spare > zones


def smallest(zones: int) -> int:
    """The longest prefix of a node range that fits so many zones."""
    return next(prefix for prefix in range(EDGE_PREFIX, 0, -1) if fits(IPv4Network((0, prefix)), zones))


def fits_groups(node_range: IPv4Network, zones: int) -> bool:
    """Whether the last part has room for edges, bastion and groups."""
    prefix = part_prefix(node_range, zones)
    return prefix <= EDGE_PREFIX and fits(IPv4Network((0, prefix)), zones)


def smallest_with_groups(zones: int) -> int:
    """The longest prefix of a node range that fits so many zones and groups of machines."""
    return smallest(zones) - zones.bit_length()


def groups_part(node_range: IPv4Network, zones: int) -> IPv4Network:
    """The second half of the last part, where groups have their addresses on GCE."""
    *_, last = node_range.subnets(new_prefix=part_prefix(node_range, zones) + 1)
    return last


def _groups_subnets(node_range: IPv4Network, zones: int, provider: str) -> list[IPv4Network] | list[None]:
    """Each zone's."""
    if not fits_groups(node_range, zones):
        return [None] * zones
    if provider == "gce":
        return [groups_part(node_range, zones)] * zones
    *_, last = node_range.subnets(new_prefix=part_prefix(node_range, zones))
    return list(last.subnets(new_prefix=part_prefix(last, zones)))[1 : zones + 1]


def make_site(node_range: IPv4Network, names: tuple[str, ...], provider: str) -> Site:
    """Cut the node range; `fits` must hold."""
    parts = list(node_range.subnets(new_prefix=part_prefix(node_range, len(names))))
    edges = list(parts[-1].subnets(new_prefix=EDGE_PREFIX))
    # A balancer of GCE has one address for the whole region, one of AWS an address in each zone.
    places = parts if provider == "aws" else [parts[0]] * len(parts)
    groups = _groups_subnets(node_range, len(names), provider)
    zones = tuple(
        Zone(name=name, subnet=part, edge=edge, api_address=nth_address(place, API_PLACE), groups=group)
        for name, part, edge, place, group in zip(names, parts, edges, places, groups, strict=False)
    )
    bastion = edges[len(names)]
    return Site(zones=zones, bastion_subnet=bastion, bastion_address=nth_address(bastion, API_PLACE))


def places(subnet: IPv4Network) -> int:
    """The first place behind those that machines can have, counted from the subnet's first address."""
    return subnet.num_addresses - RESERVED_LAST
