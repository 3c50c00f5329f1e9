"""What network load balancers ask of the data plane."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from tools.clouds.aws import state
from tools.clouds.aws.after import PlacedBalancer
from tools.clouds.world import Balancer, HealthCheck


def balancers(region: str) -> Iterator[Balancer]:
    """One for each address and listener: a balancer has an address in each of its zones."""
    backend = state.balancing(region)
    for balancer in backend.load_balancers.values():
        if isinstance(balancer, PlacedBalancer):
            for listener in balancer.listeners.values():
                yield from _balancers_of(region, balancer, listener)


def _balancers_of(region: str, balancer: Any, listener: Any) -> Iterator[Balancer]:
    groups = state.balancing(region).target_groups
    arns = [action.data.get("TargetGroupArn") for action in listener.default_actions]
    group = next((groups[arn] for arn in arns if arn in groups), None)
    for subnet_id, interface in balancer.places.items():
        public = balancer.scheme != "internal"
        yield Balancer(
            id=f"{balancer.name}-{listener.port}-{subnet_id}",
            network=balancer.vpc_id,
            address=IPv4Address(interface.public_ip if public else interface.private_ip_address),
            port=int(listener.port),
            targets=_targets(region, balancer, group, interface.subnet.availability_zone) if group else (),
            check=_check(group) if group else None,
            public=public,
            allowed=_allowed(region, balancer, int(listener.port)),
        )


def _targets(region: str, balancer: Any, group: Any, zone: str) -> tuple[tuple[str, int], ...]:
    """The targets that the address in `zone` hands on to: those of its own zone, unless it may cross zones."""
    crosses = group.attributes.get("load_balancing.cross_zone.enabled", "")
    if crosses == "use_load_balancer_configuration":
        crosses = balancer.attrs.get("load_balancing.cross_zone.enabled", "false")
    instances = {each.id: each for each in state.live_instances(state.ec2(region))}
    by_address = {each.private_ip_address: each for each in instances.values()}
    found = []
    for target in group.targets.values():
        instance = instances.get(target["Id"]) or by_address.get(target["Id"])
        if instance and (crosses == "true" or instance.availability_zone == zone):
            found.append((instance.id, int(target["Port"])))
    return tuple(found)


def _check(group: Any) -> HealthCheck:
    protocol = str(group.health_check_protocol).lower()
    port = group.port if group.health_check_port in (None, "traffic-port") else group.health_check_port
    return HealthCheck(
        protocol="https" if protocol == "https" else "http" if protocol == "http" else "tcp",
        port=int(port),
        path=group.health_check_path or "/",
        interval=int(group.health_check_interval_seconds),
        timeout=int(group.health_check_timeout_seconds),
        healthy=int(group.healthy_threshold_count),
        unhealthy=int(group.unhealthy_threshold_count),
    )


def _allowed(region: str, balancer: Any, port: int) -> tuple[IPv4Network, ...] | None:
    """Whom the balancer's own security groups let in to a port. None for a balancer without groups: everybody."""
    if not balancer.security_groups:
        return None
    backend = state.ec2(region)
    groups = [backend.get_security_group_from_id(group) for group in balancer.security_groups]
    rules = [rule for group in groups if group for rule in group.ingress_rules]
    fitting = [rule for rule in rules if rule.from_port is None or rule.from_port <= port <= rule.to_port]
    sources = [IPv4Network(rule.cidr_ipv4) for rule in fitting if rule.cidr_ipv4]
    named = {rule.source_group.get("GroupId") for rule in fitting}
    for instance in state.live_instances(backend):
        if named & {group.id for group in instance.nics[0].group_set}:
            sources.append(IPv4Network(instance.private_ip_address))
    return tuple(dict.fromkeys(sources))
