"""Checks of load balancers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from tools.clouds.aws import state
from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.checks.addresses import RESERVED, check_address
from tools.clouds.aws.quotas import Quotas

_FREE_ADDRESSES = 8
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_NAME = re.compile(r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?")


def _check_tags(call: Call, quotas: Quotas) -> None:
    for tag in call.objects("Tags"):
        if not _TAG.fullmatch(tag.get("Value", "")) or not _TAG.fullmatch(tag["Key"]):
            raise RefusedError("ValidationError", f"The tag {tag['Key']} has characters that are not allowed")


def _create(call: Call, quotas: Quotas) -> None:
    _check_tags(call, quotas)
    if not _NAME.fullmatch(call["Name"]):
        raise RefusedError(
            "ValidationError",
            f"The load balancer name '{call['Name']}' can only contain characters that are alphanumeric characters and"
            " hyphens(-), must not begin or end with a hyphen or begin with 'internal-', and has 32 of them at most",
        )
    backend = state.ec2(call.region)
    mappings = call.objects("SubnetMappings")
    subnets = [
        state.find_subnet(backend, subnet)
        for subnet in (*call.values("Subnets"), *(each["SubnetId"] for each in mappings))
    ]
    if not subnets or None in subnets:
        raise RefusedError("SubnetNotFound", "One or more subnets do not exist")
    _check_places(call, subnets)
    for mapping in mappings:
        _check_mapping(call, mapping)


def _check_places(call: Call, subnets: list[Any]) -> None:
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise RefusedError("InvalidConfigurationRequest", "All subnets must belong to the same VPC")
    if len({subnet.availability_zone for subnet in subnets}) < len(subnets):
        raise RefusedError(
            "InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Zone"
        )
    for subnet in subnets:
        used = len(list(state.interfaces(state.ec2(call.region), subnet.id)))
        if IPv4Network(subnet.cidr_block).num_addresses - RESERVED - used < _FREE_ADDRESSES:
            raise RefusedError(
                "InvalidSubnet",
                f"Not enough IP space available in {subnet.id}. ELB requires at least {_FREE_ADDRESSES} free IP"
                " addresses in each subnet.",
            )
    vpc = subnets[0].vpc_id
    gateways = state.ec2(call.region).internet_gateways.values()
    if call["Scheme"] != "internal" and not any(each.vpc and each.vpc.id == vpc for each in gateways):
        raise RefusedError("InvalidSubnet", f"VPC {vpc} has no internet gateway")


def _check_mapping(call: Call, mapping: Mapping[str, str]) -> None:
    backend = state.ec2(call.region)
    if allocation := mapping.get("AllocationId"):
        address = next((each for each in backend.addresses if each.allocation_id == allocation), None)
        if address is None:
            raise RefusedError("AllocationIdNotFound", f"The allocation ID '{allocation}' does not exist")
        if address.association_id:
            raise RefusedError("InvalidConfigurationRequest", f"The allocation ID '{allocation}' is already in use")
    if private := mapping.get("PrivateIPv4Address"):
        subnet = state.find_subnet(backend, mapping["SubnetId"])
        assert subnet is not None
        check_address(backend, subnet, IPv4Address(private))


def _delete(call: Call, quotas: Quotas) -> None:
    balancer = state.balancing(call.region).load_balancers.get(call["LoadBalancerArn"])
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise RefusedError(
            "OperationNotPermitted",
            f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled",
        )


CHECKS: Mapping[str, Callable[[Call, Quotas], None]] = {
    "AddTags": _check_tags,
    "CreateListener": _check_tags,
    "CreateLoadBalancer": _create,
    "CreateTargetGroup": _check_tags,
    "DeleteLoadBalancer": _delete,
}
