"""The three ranges: private, apart from each other, and large enough."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from components.config.facts import Facts, refuse
from components.config.network import Network
from components.config.problems import Problem
from components.plan.addresses import default_pod_prefix

# RFC 1918, and RFC 6598's shared space, which clouds and carriers use inside their networks.
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
# A machine's own pods can't have its first address (the range), its second (the bridge) and its last (broadcast).
UNUSABLE_PER_SLOT = 3
# kube-apiserver refuses a larger one: it keeps a map of all addresses in etcd.
LARGEST_SERVICES = 12
# 256: a sixteenth is kept for addresses chosen by hand, as the API's and DNS's are; less runs out in a small cluster.
SMALLEST_SERVICES = 24


def private_ranges(facts: Facts) -> Iterator[Problem]:
    """All ranges are private (RFC 1918, RFC 6598): addresses of the internet must stay reachable as such."""
    for key, network in _ranges(facts):
        if not _is_private(network):
            listed = ", ".join(map(str, PRIVATE[:-1]))
            yield refuse(key, "a range of private addresses", f"choose one inside {listed} or {PRIVATE[-1]}", network)


def separate_ranges(facts: Facts) -> Iterator[Problem]:
    """Ranges don't overlap: an address must say whether it is a machine's, a pod's or a service's."""
    known = [(key, network) for key, network in _ranges(facts) if _is_private(network)]
    for (first, one), (second, other) in combinations(known, 2):
        if one.overlaps(other):
            name = second.rpartition(".")[2]
            free = _free(other.prefixlen, [network for key, network in known if key != second])
            yield refuse(second, f"it does not overlap {first} ({one})", f"move one of them, say {name}: {free}", other)


def service_range_size(facts: Facts) -> Iterator[Problem]:
    """The service range is at most what the API server can manage (/12), at least what a cluster needs (/24)."""
    services = facts.config.network.service_range
    if not facts.sound("network.serviceRange") or LARGEST_SERVICES <= services.prefixlen <= SMALLEST_SERVICES:
        return
    if services.prefixlen > SMALLEST_SERVICES:
        fit = services.supernet(new_prefix=SMALLEST_SERVICES)
    else:
        fit = next(services.subnets(new_prefix=LARGEST_SERVICES))
    rule = f"the services' range is from /{LARGEST_SERVICES} (the API server's limit) to /{SMALLEST_SERVICES}"
    yield refuse("network.serviceRange", rule, f"write {fit}", services)


def pod_slots(facts: Facts) -> Iterator[Problem]:
    """The pod range has a slot for every address of the node range, and a slot has room for a machine's pods."""
    network = facts.config.network
    if not facts.sound("network.nodeRange", "network.podRange", "network.podPrefix", "network.podsPerNode"):
        return
    fitting = default_pod_prefix(network.node_range, network.pod_range)
    if network.pod_prefix is not None and network.pod_prefix < fitting:
        larger = _larger(network, network.pod_prefix)
        yield refuse(
            "network.podPrefix",
            f"podRange ({network.pod_range}) has a slot for each address of nodeRange ({network.node_range})",
            f"take {larger}, or podPrefix: {fitting}"
            if pod_room(fitting) >= network.pods_per_node
            else f"take {larger}",
            network.pod_prefix,
        )
    prefix = network.pod_prefix or fitting
    room = pod_room(prefix)
    if room < network.pods_per_node:
        needed = 32 - (network.pods_per_node + UNUSABLE_PER_SLOT - 1).bit_length()
        fewer = f", or podsPerNode: {room}" if room >= 8 else ""
        yield refuse(
            "network.podRange" if network.pod_prefix is None else "network.podPrefix",
            f"a machine's slot has room for podsPerNode ({network.pods_per_node}) pods; a /{prefix} has {room}",
            f"take {_larger(network, needed)}" + (f" with podPrefix: {needed}" if network.pod_prefix else "") + fewer,
            network.pod_range if network.pod_prefix is None else network.pod_prefix,
        )


def pod_room(prefix: int) -> int:
    """How many pods a slot of that prefix length has addresses for."""
    return max(0, (1 << 32 - prefix) - UNUSABLE_PER_SLOT) if prefix <= 32 else 0


def _larger(network: Network, slot_prefix: int) -> str:
    """What must grow or shrink so that every node address has a slot of that size."""
    pods = slot_prefix - (32 - network.node_range.prefixlen)
    nodes = 32 - (slot_prefix - network.pod_range.prefixlen)
    ways = [f"a podRange of /{pods}"] if pods >= 8 else []
    ways += [f"a nodeRange of /{nodes}"] if network.node_range.prefixlen < nodes <= 29 else []
    return " or ".join(ways) or "a larger podRange and a smaller nodeRange"


def _ranges(facts: Facts) -> list[tuple[str, IPv4Network]]:
    network = facts.config.network
    named = (
        ("network.nodeRange", network.node_range),
        ("network.podRange", network.pod_range),
        ("network.serviceRange", network.service_range),
    )
    return [(key, found) for key, found in named if facts.sound(key)]


def _is_private(network: IPv4Network) -> bool:
    return any(network.subnet_of(private) for private in PRIVATE)


def _free(prefix: int, taken: list[IPv4Network]) -> IPv4Network | str:
    """The first private range of that size that overlaps none of those."""
    fitting = (private for private in PRIVATE if private.prefixlen <= prefix)
    for private in fitting:
        for candidate in private.subnets(new_prefix=prefix):
            if not any(candidate.overlaps(other) for other in taken):
                return candidate
    return "a smaller one"
