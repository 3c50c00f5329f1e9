"""What can't be changed while the cluster lives: it is in every certificate, every Node and every Service."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.problems import Problem


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
