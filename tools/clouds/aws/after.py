"""What AWS does after a request that moto leaves undone: balancers take places, what ends lets go of its addresses."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, Final

from moto.ec2.models import elastic_network_interfaces
from moto.elbv2.models import AvailabilityZone, FakeLoadBalancer

from tools.clouds.aws import state
from tools.clouds.aws.call import Call

# Of the range for benchmarks (RFC 2544), which nobody routes. Each cloud takes a part of it, so that several can be
# reached from this computer side by side.
PUBLIC: Final = IPv4Network("198.18.0.0/15")
_PART_PREFIX: Final = 24


class PlacedBalancer(FakeLoadBalancer):
    """A balancer with an address in each of its subnets: `places`, subnet ID → network interface."""

    places: dict[str, Any]

    @property
    def availability_zones(self) -> list[AvailabilityZone]:
        zones = super().availability_zones
        for zone in zones:
            zone.load_balancer_addresses = [_address_of(self, self.places[zone.subnet_id])]  # type: ignore[attr-defined]
        return zones


def _address_of(balancer: FakeLoadBalancer, interface: Any) -> dict[str, str]:
    if balancer.scheme == "internal":
        return {"PrivateIPv4Address": interface.private_ip_address}
    found = interface.ec2_backend.address_by_ip([interface.public_ip], fail_if_not_found=False)
    reserved = {"AllocationId": found[0].allocation_id} if found else {}
    return {"IpAddress": interface.public_ip, **reserved}


class Addresses:
    """Hands out public addresses, each once."""

    def __init__(self) -> None:
        self._unused = itertools.chain.from_iterable(self._rounds())
        # moto makes up addresses that somebody has, or that mean this computer.
        vars(elastic_network_interfaces)["random_public_ip"] = self.take

    def _rounds(self) -> Iterator[list[Any]]:
        part = list(secrets.choice(list(PUBLIC.subnets(new_prefix=_PART_PREFIX))).hosts())
        while True:
            yield part

    def take(self) -> str:
        """The next address that no interface and no elastic address has."""
        used = {each for region in state.used_regions() for each in _public_addresses(region)}
        return next(str(address) for address in self._unused if str(address) not in used)


def _public_addresses(region: str) -> Iterator[str]:
    backend = state.ec2(region)
    yield from (address.public_ip for address in backend.addresses)
    yield from (interface.public_ip for interface in backend.enis.values() if interface.public_ip)


def _place_balancer(call: Call, addresses: Addresses) -> None:
    backend = state.ec2(call.region)
    balancers = state.balancing(call.region).load_balancers.values()
    balancer = next((each for each in balancers if each.name == call["Name"]), None)
    if balancer is None or isinstance(balancer, PlacedBalancer):
        return
    mappings = {each["SubnetId"]: each for each in call.objects("SubnetMappings")}
    balancer.__class__ = PlacedBalancer
    balancer.places = {}
    for subnet in balancer.subnets:
        mapping = mappings.get(subnet.id, {})
        private = mapping.get("PrivateIPv4Address") or state.free_address(backend, subnet)
        description = f"ELB net/{balancer.name}/{balancer.arn.rsplit('/', 1)[1]}"
        # Like those of instances, they are members of the security groups: rules may name those as a source.
        interface = backend.create_network_interface(
            subnet, private, description=description, group_ids=balancer.security_groups
        )
        balancer.places[subnet.id] = interface
        if allocation := mapping.get("AllocationId"):
            backend.associate_address(eni=interface, allocation_id=allocation)
        elif balancer.scheme != "internal":
            interface.public_ip = addresses.take()


def _regroup_balancer(call: Call, addresses: Addresses) -> None:
    balancer = state.balancing(call.region).load_balancers.get(call["LoadBalancerArn"])
    if isinstance(balancer, PlacedBalancer):
        for interface in balancer.places.values():
            state.ec2(call.region).modify_network_interface_attribute(interface.id, balancer.security_groups)


def _clear_balancers(call: Call, addresses: Addresses) -> None:
    backend = state.ec2(call.region)
    balancers = state.balancing(call.region).load_balancers.values()
    kept = {place.id for each in balancers if isinstance(each, PlacedBalancer) for place in each.places.values()}
    for interface in list(backend.enis.values()):
        if interface.description.startswith("ELB ") and interface.id not in kept:
            state.drop_interface(backend, interface)


def _clear_instances(call: Call, addresses: Addresses) -> None:
    clear_instances(state.ec2(call.region))


def clear_instances(backend: Any) -> None:
    """Takes away what belonged to instances that were terminated."""
    live = {instance.id for instance in state.live_instances(backend)}
    for interface in list(backend.enis.values()):
        if interface.instance is not None and interface.instance.id not in live:
            # The primary one goes with its instance; one that the user made is free again.
            if interface.description == "Primary network interface":
                state.drop_interface(backend, interface)
            else:
                interface.instance.detach_eni(interface)


def _clear_nat_gateways(call: Call, addresses: Addresses) -> None:
    backend = state.ec2(call.region)
    for gateway in backend.nat_gateways.values():
        if gateway.state == "deleted":
            state.drop_interface(backend, gateway._eni)


def _retag_templates(call: Call, addresses: Addresses) -> None:
    for template in state.ec2(call.region).launch_templates.values():
        template.tags = template.get_tags()  # moto shows those of its first day


def _untag_machines(call: Call, addresses: Addresses) -> None:
    """moto puts a template's own tags into what it says of machines."""
    for template in state.ec2(call.region).launch_templates.values():
        for version in template.versions:
            tags = version.data.get("TagSpecifications", [])
            version.data["TagSpecifications"] = [each for each in tags if each["ResourceType"] != "launch-template"]


_AFTER: Mapping[tuple[str, str], Callable[[Call, Addresses], None]] = {
    ("ec2", "CreateLaunchTemplate"): _untag_machines,
    ("ec2", "CreateTags"): _retag_templates,
    ("ec2", "DeleteTags"): _retag_templates,
    ("ec2", "DeleteNatGateway"): _clear_nat_gateways,
    ("ec2", "TerminateInstances"): _clear_instances,
    ("elasticloadbalancing", "CreateLoadBalancer"): _place_balancer,
    ("elasticloadbalancing", "DeleteLoadBalancer"): _clear_balancers,
    ("elasticloadbalancing", "SetSecurityGroups"): _regroup_balancer,
}


def finish(call: Call, addresses: Addresses) -> None:
    """Does what is left to do after a request that went well."""
    if found := _AFTER.get((call.service, call.action)):
        found(call, addresses)
