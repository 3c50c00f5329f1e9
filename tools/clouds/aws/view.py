"""What moto's state asks of the data plane: networks, instances, routes, rules, in the words of tools.clouds.world."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from tools.clouds.aws import catalogue, state
from tools.clouds.aws.balancing import balancers
from tools.clouds.world import Group, Instance, Network, Route, Rule, World

_PROTOCOLS: Final = {"-1": "all", "4": "ipip", "6": "tcp", "17": "udp", "1": "icmp"}


def world() -> World:
    """All regions, as one world: IDs are unique."""
    backends = [(region, state.ec2(region)) for region in state.used_regions()]
    return World(
        networks=tuple(each for _, backend in backends for each in _networks(backend)),
        instances=tuple(_instance(backend, each) for _, backend in backends for each in state.live_instances(backend)),
        routes=tuple(each for _, backend in backends for each in _routes(backend)),
        rules=tuple(each for _, backend in backends for each in _rules(backend)),
        balancers=tuple(each for region, _ in backends for each in balancers(region)),
        groups=tuple(_group(each) for region, _ in backends for each in state.groups(region).values()),
    )


def _networks(backend: Any) -> Iterator[Network]:
    """The VPCs that somebody made, and the default one when it is used."""
    used = {instance.vpc_id for instance in state.live_instances(backend)}
    for vpc in backend.vpcs.values():
        if not vpc.is_default or vpc.id in used:
            blocks = [block["cidr_block"] for block in vpc.get_cidr_block_association_set()]
            yield Network(id=vpc.id, ranges=tuple(IPv4Network(block) for block in blocks))


def _instance(backend: Any, instance: Any) -> Instance:
    interface = instance.nics[0]
    image = backend.amis.get(instance.image_id)
    key = backend.key_pairs.get(instance.key_name)
    return Instance(
        id=instance.id,
        name=instance.private_dns_name.split(".")[0],
        network=interface.subnet.vpc_id,
        address=IPv4Address(interface.private_ip_address),
        subnet=IPv4Network(interface.subnet.cidr_block),
        public_address=_public_address(backend, interface),
        user_data=_user_data(instance),
        running=instance.state == "running",
        forwards=not (_is_on(instance.source_dest_check) and _is_on(interface.source_dest_check)),
        image=catalogue.system(image.name) if image else instance.image_id,
        ssh_keys=(key.material_public.decode().strip(),) if key else (),
        zone=interface.subnet.availability_zone,
        region=backend.region_name,
    )


def _is_on(value: Any) -> bool:
    # moto keeps what the request said.
    return str(value).lower() == "true"


def _user_data(instance: Any) -> str:
    return base64.b64decode(str(instance.user_data)).decode() if instance.user_data else ""


def _public_address(backend: Any, interface: Any) -> IPv4Address | None:
    """The public address of an interface whose subnet leads to the internet: elsewhere it is of no use."""
    if not interface.public_ip:
        return None
    routes = _table_of(backend, interface.subnet).routes
    leads_out = any(route.gateway and route.destination_cidr_block == "0.0.0.0/0" for route in routes)
    return IPv4Address(interface.public_ip) if leads_out else None


def _table_of(backend: Any, subnet: Any) -> Any:
    tables = [table for table in backend.route_tables.values() if table.vpc_id == subnet.vpc_id]
    own = [table for table in tables if subnet.id in table._associations.values()]
    return (own or [table for table in tables if table.main_association_id])[0]


def _routes(backend: Any) -> Iterator[Route]:
    for table in backend.route_tables.values():
        subnets = [each for each in state.subnets(backend, table.vpc_id) if _table_of(backend, each) is table]
        if not subnets:
            continue
        for route in table.routes:
            next_hop = _next_hop(route)
            if next_hop and route.destination_cidr_block:
                yield Route(
                    network=table.vpc_id,
                    subnets=tuple(IPv4Network(subnet.cidr_block) for subnet in subnets),
                    destination=IPv4Network(route.destination_cidr_block),
                    next_hop=next_hop,
                    nat_address=IPv4Address(route.nat_gateway._eni.public_ip) if next_hop == "nat" else None,
                )


def _next_hop(route: Any) -> str | None:
    """None for a route of the VPC itself, and for one whose target is gone: AWS drops what takes that."""
    instance = route.interface.instance if route.interface else route.instance
    if instance:
        return str(instance.id) if instance.state == "running" else None
    if route.gateway and getattr(route.gateway, "vpc", None):
        return "internet"
    gateway = route.nat_gateway
    return "nat" if gateway and gateway.state == "available" and gateway._eni.public_ip else None


def _rules(backend: Any) -> Iterator[Rule]:
    members: dict[str, list[Any]] = {}
    for instance in state.live_instances(backend):
        for group in {group.id for interface in instance.nics.values() for group in interface.group_set}:
            members.setdefault(group, []).append(instance)
    for groups in backend.groups.values():
        for group in groups.values():
            if group.id in members:
                yield from (_rule(backend, rule, members, members[group.id]) for rule in group.ingress_rules)


def _rule(backend: Any, rule: Any, members: dict[str, list[Any]], guarded: list[Any]) -> Rule:
    protocol = _PROTOCOLS.get(rule.ip_protocol, rule.ip_protocol)
    has_ports = protocol in ("tcp", "udp") and rule.from_port is not None
    source = rule.source_group.get("GroupId", "")
    ranges = [IPv4Network(rule.cidr_ipv4)] if rule.cidr_ipv4 else []
    return Rule(
        instances=tuple(instance.id for instance in guarded),
        protocol=protocol,
        ports=((rule.from_port, rule.to_port),) if has_ports else (),
        sources=(*ranges, *(_near_addresses(guarded) if _balancers_wear(backend, source) else ())),
        source_instances=tuple(instance.id for instance in members.get(source, ())),
    )


def _balancers_wear(backend: Any, group: str) -> bool:
    interfaces = [each for each in backend.enis.values() if each.description.startswith("ELB ")]
    return any(group == each.id for interface in interfaces for each in interface.group_set)


def _near_addresses(guarded: list[Any]) -> list[IPv4Network]:
    """Where balancers come from: in the data plane they have the first address of their target's subnet."""
    subnets = {IPv4Network(instance.nics[0].subnet.cidr_block) for instance in guarded}
    return sorted(IPv4Network(subnet[1]) for subnet in subnets)


def _group(group: Any) -> Group:
    return Group(
        id=group.arn,
        name=group.name,
        size=group.desired_capacity,
        instances=tuple(member.instance.id for member in group.members()),
        problem=group.problem,
    )
