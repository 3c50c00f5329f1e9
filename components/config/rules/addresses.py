"""Machines' addresses, the virtual address, and pod ranges chosen by hand."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from components.config.facts import Facts, refuse
from components.config.network import MIRROR_PLACE
from components.config.problems import Problem
from components.config.rules.ranges import pod_room
from components.plan.addresses import default_pod_prefix, nth_address, pod_range_of


def machine_addresses(facts: Facts) -> Iterator[Problem]:
    """A machine's address lies in the node range, is not kept for something else, and is nobody else's."""
    seen: dict[IPv4Address, str] = {}
    for key, machine in facts.machines():
        rule = _unusable(facts, machine.address)
        if rule:
            yield refuse(f"{key}.address", rule, f"take a free one, like {_free(facts)}", machine.address)
        if machine.address in seen:
            rule = f"no address twice: {seen[machine.address]}.address is the same"
            yield refuse(f"{key}.address", rule, f"take a free one, like {_free(facts)}", machine.address)
        seen.setdefault(machine.address, key)


def virtual_address(facts: Facts) -> Iterator[Problem]:
    """With several control planes, `api.virtualAddress` is a free address of the node range."""
    config = facts.config
    wanted = config.api.virtual_address
    if wanted is None:
        several = sum(machine.role == "control-plane" for machine in config.machines) > 1
        if several and facts.sound("api.virtualAddress", "provider") and config.provider in ("local", "bare-metal"):
            rule = "several control planes need an address that moves to one that works"
            yield refuse("api.virtualAddress", rule, f"add a free address of the node range, like {_free(facts)}")
        return
    owner = next((key for key, machine in facts.machines() if machine.address == wanted), None)
    problem = f"it is no machine's own address; it is that of {owner}" if owner else _unusable(facts, wanted)
    if problem:
        yield refuse("api.virtualAddress", problem, f"take a free one, like {_free(facts)}", wanted)


def own_pod_ranges(facts: Facts) -> Iterator[Problem]:
    """A machine's own pod range lies in the cluster's, has room, and is nobody else's."""
    network = facts.config.network
    if not facts.sound("network.podRange", "network.nodeRange", "network.podPrefix", "network.podsPerNode"):
        return
    ranges = list(_pod_ranges(facts))
    for key, machine in facts.machines():
        own = machine.pod_range
        if own is None:
            continue
        if not own.subnet_of(network.pod_range):
            rule = f"it lies inside network.podRange ({network.pod_range})"
            yield refuse(f"{key}.podRange", rule, "choose one inside it, or leave it out", own)
        room = pod_room(own.prefixlen)
        if room < network.pods_per_node:
            rule = f"it has room for network.podsPerNode ({network.pods_per_node}) pods; this one has {room}"
            yield refuse(f"{key}.podRange", rule, "choose a larger one, or leave it out", own)
        for other, taken in ranges:
            if other != key and own.overlaps(taken):
                rule = f"it does not overlap another machine's pods: {other} has {taken}"
                yield refuse(f"{key}.podRange", rule, "choose another one, or leave it out", own)


def _pod_ranges(facts: Facts) -> Iterator[tuple[str, IPv4Network]]:
    network = facts.config.network
    fitting = default_pod_prefix(network.node_range, network.pod_range)
    prefix = network.pod_prefix or fitting
    for key, machine in facts.machines():
        if machine.pod_range is not None:
            yield key, machine.pod_range
        elif machine.address in network.node_range and fitting <= prefix <= 32:
            yield key, pod_range_of(machine.address, network.node_range, network.pod_range, prefix)


def _unusable(facts: Facts, address: IPv4Address) -> str | None:
    """The rule that an address breaks, whosever it is to be."""
    nodes = facts.config.network.node_range
    if not facts.sound("network.nodeRange"):
        return None
    if address not in nodes:
        return f"it lies in network.nodeRange ({nodes})"
    if address == nodes.network_address or address == nodes.broadcast_address:
        return f"the first and the last address of a range ({nodes}) stand for the range itself"
    if address == nth_address(nodes, 1):
        return f"{address}, the first of network.nodeRange, is the gateway's"
    if address == nth_address(nodes, MIRROR_PLACE) and facts.config.provider == "local":
        return f"{address}, the second of network.nodeRange, is that of the local artifact mirror"
    return None


def _free(facts: Facts) -> IPv4Address | str:
    """A free address of the node range; the tenth and up first, which leaves room for a network's own gear."""
    nodes = facts.config.network.node_range
    if not facts.sound("network.nodeRange"):
        return "10.80.0.10"
    taken = {machine.address for machine in facts.config.machines} | {facts.config.api.virtual_address}
    last = min(nodes.num_addresses - 1, 1000)
    places = [*range(10, last), *range(MIRROR_PLACE + 1, min(10, last))]
    free = (nth_address(nodes, place) for place in places)
    return next((address for address in free if address not in taken), "one of a larger network.nodeRange")
