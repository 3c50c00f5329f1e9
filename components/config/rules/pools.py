"""Pools: names, zones and places that don't collide, and kinds of machines that go together."""

from collections.abc import Iterator
from itertools import combinations

from components.config.facts import Facts, refuse
from components.config.problems import Problem
from components.plan.pools import spots
from components.plan.site import fits, part_prefix
from components.plan.site import places as last_place


def names(facts: Facts) -> Iterator[Problem]:
    """No two pools have the same name, so that no two machines have."""
    seen: dict[str, str] = {}
    for key, pool in facts.pools():
        if pool.name in seen:
            rule = f"no name twice: {seen[pool.name]}.name is the same"
            yield refuse(f"{key}.name", rule, "give it a name of its own", pool.name)
        seen.setdefault(pool.name, key)


def zones(facts: Facts) -> Iterator[Problem]:
    """A pool's zones are some of `cloud.zones`, each once."""
    cloud = facts.config.cloud
    if cloud is None or not facts.sound("cloud.zones"):
        return
    for key, pool in facts.pools():
        for index, zone in enumerate(pool.zones):
            if zone not in cloud.zones:
                rule = f"one of cloud.zones: {', '.join(cloud.zones)}"
                yield refuse(f"{key}.zones[{index}]", rule, "correct it, or add it to cloud.zones", zone)
            elif zone in pool.zones[:index]:
                yield refuse(f"{key}.zones[{index}]", "no zone twice", "leave it out", zone)


def places(facts: Facts) -> Iterator[Problem]:
    """Every machine has a place in its zone's part of the node range, which no other pool's machine has."""
    cloud, nodes = facts.config.cloud, facts.config.network.node_range
    if cloud is None or not facts.sound("cloud.zones", "network.nodeRange", "pools"):
        return
    if not fits(nodes, len(cloud.zones)):
        return
    prefix = part_prefix(nodes, len(cloud.zones))
    part = next(nodes.subnets(new_prefix=prefix))
    taken: list[tuple[str, set[tuple[str, int]]]] = []
    for key, pool in facts.pools():
        if pool.group is not None or pool.first is None:
            continue
        own = set(spots(pool, cloud.zones))
        taken.append((key, own))
        highest = max((place for _, place in own), default=pool.first)
        if highest >= last_place(part):
            rule = (
                f"a zone's part of network.nodeRange is a /{prefix}: places go up to {last_place(part) - 1}; "
                f"first: {pool.first} and count: {pool.count} need place {highest}"
            )
            yield refuse(f"{key}.first", rule, "begin lower, take fewer machines, or a larger nodeRange", pool.first)
    for (one, mine), (other, theirs) in combinations(taken, 2):
        if mine & theirs:
            zone, place = min(mine & theirs)
            rule = f"no place twice: {one} has place {place} in {zone} as well"
            free = 1 + max(place for _, place in mine)
            yield refuse(f"{other}.first", rule, f"begin behind it, say first: {free}")


def kinds(facts: Facts) -> Iterator[Problem]:
    """Control planes are not spot machines; reserved addresses are for public networks."""
    cloud = facts.config.cloud
    for key, pool in facts.pools():
        if pool.spot and pool.role == "control-plane":
            rule = "control planes are no spot machines: two that go at once take etcd with them"
            yield refuse(f"{key}.spot", rule, "leave it out", pool.spot)
        if pool.reserved_address and cloud is not None and cloud.network.nodes == "private":
            rule = "machines of a private network have no public address"
            yield refuse(f"{key}.reservedAddress", rule, "leave it out, or write cloud.network.nodes: public", True)
