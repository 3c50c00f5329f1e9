"""Ways into moto's state: what the checks, the balancers and the world look at."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from moto.backends import get_backend

from tools.clouds.aws.identity import ACCOUNT

# moto's objects have no types of their own, so they are `Any` here.
Backend = Any


def ec2(region: str) -> Backend:
    """The EC2 of a region."""
    return get_backend("ec2")[ACCOUNT][region]


def balancing(region: str) -> Backend:
    """The Elastic Load Balancing of a region."""
    return get_backend("elbv2")[ACCOUNT][region]


def groups(region: str) -> dict[str, Any]:
    """The auto-scaling groups of a region by name."""
    found: dict[str, Any] = get_backend("autoscaling")[ACCOUNT][region].autoscaling_groups
    return found


def used_regions() -> list[str]:
    """The regions that somebody asked something of."""
    return sorted(get_backend("ec2")[ACCOUNT])


def live_instances(backend: Backend) -> Iterator[Any]:
    """Those that are not terminated."""
    return (instance for instance in backend.all_instances() if instance.state not in ("terminated", "shutting-down"))


def interfaces(backend: Backend, subnet: str) -> Iterator[Any]:
    """The network interfaces in a subnet: of instances, gateways and balancers."""
    return (interface for interface in backend.enis.values() if interface.subnet.id == subnet)


def subnets(backend: Backend, network: str) -> list[Any]:
    """The subnets of a VPC."""
    return [subnet for zone in backend.subnets.values() for subnet in zone.values() if subnet.vpc_id == network]


def find_subnet(backend: Backend, subnet_id: str) -> Any | None:
    """The subnet, None if there is no such."""
    return next((zone[subnet_id] for zone in backend.subnets.values() if subnet_id in zone), None)


def find_interface(backend: Backend, address: IPv4Address, subnet: str) -> Any | None:
    """The network interface that has an address in a subnet."""
    return next((each for each in interfaces(backend, subnet) if each.private_ip_address == str(address)), None)


def free_address(backend: Backend, subnet: Any) -> str:
    """The last address of a subnet that nobody has: AWS takes any, and low ones are what people plan with."""
    taken = {interface.private_ip_address for interface in interfaces(backend, subnet.id)}
    hosts = reversed(list(IPv4Network(subnet.cidr_block))[4:-1])
    return next(str(address) for address in hosts if str(address) not in taken)


def drop_interface(backend: Backend, interface: Any) -> None:
    """Removes a network interface and frees its address; an elastic address that it had stays, unused."""
    for address in backend.addresses:
        if address.eni is interface:
            backend.disassociate_address(address=address.public_ip)
    if backend.enis.pop(interface.id, None):
        interface.subnet.del_subnet_ip(interface.private_ip_address)
