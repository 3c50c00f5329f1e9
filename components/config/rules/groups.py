"""Groups: pools whose machines the cloud makes, and what these need of the rest."""

import re
from collections.abc import Iterator

from components.config.cloud import Cloud
from components.config.facts import Facts, refuse
from components.config.pools import Group, Pool
from components.config.problems import Problem
from components.plan.site import fits, fits_groups, make_site, smallest_with_groups

# Addresses of a subnet that are the cloud's own:
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html and
# https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet
UNUSABLE = {"aws": 5, "gce": 4}
# A template's name is CLUSTER-POOL- and 9 characters at least, of 63 in all.
LONGEST_NAMES = 52


def kinds(facts: Facts) -> Iterator[Problem]:
    """A group has nodes, a size between its limits, and no fixed addresses; other pools have a first place."""
    for key, pool in facts.pools():
        if not facts.sound(key):
            continue
        if pool.group is None:
            if pool.first is None:
                rule = "a pool says where its addresses begin in each zone's part of network.nodeRange"
                yield refuse(f"{key}.first", rule, "add it, for example first: 20")
            continue
        if pool.role == "control-plane":
            rule = "control planes have fixed addresses, which a group has not"
            yield refuse(f"{key}.group", rule, "leave it out, or write role: node")
        if pool.first is not None:
            rule = "a group's machines take any address of the groups' own subnets"
            yield refuse(f"{key}.first", rule, "leave it out", pool.first)
        if pool.reserved_address:
            rule = "a group's machines have no reserved addresses"
            yield refuse(f"{key}.reservedAddress", rule, "leave it out, or leave group out", True)
        if not pool.group.min <= pool.count <= pool.group.max:
            rule = f"a group begins with a size between min ({pool.group.min}) and max ({pool.group.max})"
            yield refuse(f"{key}.count", rule, "change count, or the limits", pool.count)


def network(facts: Facts) -> Iterator[Problem]:
    """A cloud's route table knows no machines that come by themselves."""
    if not facts.sound("network.mode") or facts.config.network.mode != "routes":
        return
    for key, _, _ in _groups(facts):
        rule = "with network.mode: routes each machine has a route in the cloud, which a group's machines can't get"
        yield refuse(f"{key}.group", rule, "write network.mode: overlay, or leave group out")


def room(facts: Facts) -> Iterator[Problem]:
    """The groups' subnets are there, and have an address for every machine that may be."""
    cloud, nodes, provider = facts.config.cloud, facts.config.network.node_range, facts.config.provider
    groups = list(_groups(facts))
    if cloud is None or not groups or not facts.sound("network.nodeRange", "cloud.zones", "pools", "provider"):
        return
    count = len(cloud.zones)
    if not fits(nodes, count):
        return
    if not fits_groups(nodes, count):
        rule = f"with groups its last part is cut again: there must be room for {count} zones there as well"
        yield refuse("network.nodeRange", rule, f"take a /{smallest_with_groups(count)} or larger", nodes)
        return
    subnet = make_site(nodes, cloud.zones, provider).zones[0].groups
    free = (subnet.num_addresses if subnet else 0) - UNUSABLE[provider]
    for zone in cloud.zones if provider == "aws" else cloud.zones[:1]:
        inside = [(key, group, pool) for key, pool, group in groups if provider == "gce" or zone in _zones(pool, cloud)]
        # The last one may come while another one is replaced.
        needed = sum(_share(pool, group, cloud, provider) for _, group, pool in inside)
        if needed > free:
            where = f"the groups' subnet {subnet}" if provider == "gce" else f"a zone's subnet for groups (here {zone})"
            rule = (
                f"{where} has {free} addresses; up to {needed} machines of groups may be there, replacements included"
            )
            yield refuse(f"{inside[-1][0]}.group.max", rule, "lower max, or take a larger network.nodeRange")
            return


def _share(pool: Pool, group: Group, cloud: Cloud, provider: str) -> int:
    """The most machines in one subnet: AWS spreads them over zones, and there is one more while machines change; Google
    then adds one in each zone."""
    zones = len(_zones(pool, cloud))
    return group.max + zones if provider == "gce" else -(-group.max // zones) + 1


def names(facts: Facts) -> Iterator[Problem]:
    """No machine of another pool is called like one of a group; what is made for a group has a name that fits."""
    for key, group, _ in _groups(facts):
        for other, pool in facts.pools():
            if re.fullmatch(rf"{group.name}(-[0-9]+){{3,}}", pool.name):
                rule = f"its machines are not called like those of the group {group.name}, after their addresses"
                yield refuse(f"{other}.name", rule, "give it another name", pool.name)
            elif pool.group is None and re.fullmatch(rf"{pool.name}-[0-9]+", group.name):
                rule = f"it is not called like a machine of the pool {pool.name}"
                yield refuse(f"{key}.name", rule, "give it another name", group.name)
        length = len(facts.config.cluster_name) + 1 + len(group.name)
        if facts.config.provider == "gce" and length > LONGEST_NAMES and facts.sound("clusterName"):
            rule = f"the cluster's name and a group's have {LONGEST_NAMES - 1} characters together at most"
            yield refuse(f"{key}.name", rule, "shorten one of them", group.name)


def stay(facts: Facts) -> Iterator[Problem]:
    """On GCE the node range is cut otherwise where there are groups, and a subnetwork with machines can't be."""
    previous, config = facts.previous, facts.config
    if previous is None or previous.groups is None or config.provider != "gce" or not facts.sound("pools"):
        return
    there = any(pool.group for pool in config.pools)
    if there != previous.groups:
        rule = (
            "on GCE a cluster has groups from its first pulumi up on or never: its subnetworks are cut for them or not"
        )
        way_out = (
            "keep one, if with min: 0 and count: 0"
            if previous.groups
            else "take a pool of single machines, or a new cluster"
        )
        yield refuse("pools", rule, way_out)


def _groups(facts: Facts) -> Iterator[tuple[str, Pool, Group]]:
    for key, pool in facts.pools():
        if pool.group is not None and facts.sound(key):
            yield key, pool, pool.group


def _zones(pool: Pool, cloud: Cloud) -> tuple[str, ...]:
    return pool.zones or cloud.zones
