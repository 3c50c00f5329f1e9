"""What can't be changed while the cluster lives: it is in every certificate, every Node and every Service."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.problems import Problem
from components.plan.pools import make_instances
from components.plan.replacement import moved
from components.plan.site import fits


def fixed(facts: Facts) -> Iterator[Problem]:
    """Name, pod range, service range and DNS domain stay what the last `pulumi up` made them."""
    previous, config = facts.previous, facts.config
    if previous is None:
        return
    pairs = (
        ("clusterName", previous.cluster_name, config.cluster_name),
        ("network.podRange", previous.pod_range, config.network.pod_range),
        ("network.serviceRange", previous.service_range, config.network.service_range),
        ("network.dnsDomain", previous.dns_domain, config.network.dns_domain),
    )
    for key, was, is_now in pairs:
        if was is not None and was != is_now and facts.sound(key):
            rule = f"it can't be changed while the cluster lives; it is {was}"
            yield refuse(key, rule, f"write {was}, or destroy the cluster and make it anew", is_now)


def control_planes_stay(facts: Facts) -> Iterator[Problem]:
    """In a cloud, a control plane keeps its address, and with it its zone: etcd's members know each other by it."""
    cloud, config = facts.config.cloud, facts.config
    if facts.previous is None or cloud is None or not facts.sound("cloud", "pools", "network.nodeRange", "provider"):
        return
    known = {zone for pool in config.pools for zone in pool.zones} <= set(cloud.zones)
    if not known or not fits(config.network.node_range, len(cloud.zones)):
        return
    for name, address in moved(make_instances(config, cloud), facts.previous.instances):
        rule = f"a control plane keeps its address while it lives; {name} has {address}, and would get another one"
        way_out = "put back what gave the address: nodeRange, the zones in their order, the pool's zones and first"
        yield refuse("pools", rule, way_out)
