"""Checks of VPCs, subnets, gateways, addresses and routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network

from tools.clouds.aws import state
from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.quotas import Quotas

# The targets that a route can have, as the API spells them.
_TARGETS = (
    "GatewayId",
    "InstanceId",
    "NetworkInterfaceId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "VpcEndpointId",
)


def zone_in_region(call: Call, zone: str) -> None:
    """Raises RefusedError for a zone that the region does not have."""
    zones = [each.name for each in state.ec2(call.region).describe_availability_zones()]
    if zone and zone not in zones:
        raise RefusedError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the"
            f" following availability zones: {', '.join(zones)}.",
        )


def _create_vpc(call: Call, quotas: Quotas) -> None:
    if sum(not vpc.is_default for vpc in state.ec2(call.region).vpcs.values()) >= quotas.vpcs - 1:
        # The default VPC counts too.
        raise RefusedError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    if not 16 <= IPv4Network(call["CidrBlock"], strict=False).prefixlen <= 28:
        raise RefusedError("InvalidVpc.Range", f"The CIDR '{call['CidrBlock']}' is invalid.")


def _create_subnet(call: Call, quotas: Quotas) -> None:
    zone_in_region(call, call["AvailabilityZone"])
    if not 16 <= IPv4Network(call["CidrBlock"], strict=False).prefixlen <= 28:
        raise RefusedError("InvalidSubnet.Range", f"The CIDR '{call['CidrBlock']}' is invalid.")


def _delete_subnet(call: Call, quotas: Quotas) -> None:
    if any(state.interfaces(state.ec2(call.region), call["SubnetId"])):
        raise RefusedError(
            "DependencyViolation", f"The subnet '{call['SubnetId']}' has dependencies and cannot be deleted."
        )


def _delete_vpc(call: Call, quotas: Quotas) -> None:
    backend, vpc = state.ec2(call.region), call["VpcId"]
    attached = any(gateway.vpc and gateway.vpc.id == vpc for gateway in backend.internet_gateways.values())
    groups = any(group.name != "default" for group in backend.groups.get(vpc, {}).values())
    if attached or groups:
        raise RefusedError("DependencyViolation", f"The vpc '{vpc}' has dependencies and cannot be deleted.")


def _detach_internet_gateway(call: Call, quotas: Quotas) -> None:
    backend, vpc = state.ec2(call.region), call["VpcId"]
    if any(interface.public_ip and interface.vpc_id == vpc for interface in backend.enis.values()):
        raise RefusedError(
            "DependencyViolation",
            f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before"
            " detaching the gateway.",
        )


def _allocate_address(call: Call, quotas: Quotas) -> None:
    if len(state.ec2(call.region).addresses) >= quotas.addresses:
        raise RefusedError("AddressLimitExceeded", "The maximum number of addresses has been reached.")


def _release_address(call: Call, quotas: Quotas) -> None:
    for address in state.ec2(call.region).addresses:
        if address.allocation_id == call["AllocationId"] and address.association_id:
            raise RefusedError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


def _disassociate_address(call: Call, quotas: Quotas) -> None:
    for address in state.ec2(call.region).addresses:
        if address.association_id == call["AssociationId"] and address.eni and not address.eni.instance:
            # It belongs to a balancer or a gateway, which lets go of it by itself.
            raise RefusedError("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")


def _create_route(call: Call, quotas: Quotas) -> None:
    table = state.ec2(call.region).route_tables.get(call["RouteTableId"])
    if table is None:
        return  # moto says so
    destination = call["DestinationCidrBlock"]
    if destination in {route.destination_cidr_block for route in table.routes}:
        raise RefusedError("RouteAlreadyExists", f"The route identified by {destination} already exists.")
    if sum(not route.local for route in table.routes) >= quotas.routes:
        raise RefusedError(
            "RouteLimitExceeded", f"The maximum number of routes has been reached for route table '{table.id}'."
        )
    _check_target(call)


def _check_target(call: Call) -> None:
    targets = [name for name in _TARGETS if call[name]]
    if len(targets) != 1:
        raise RefusedError("InvalidParameterCombination", "Exactly one target must be given for a route")
    network = IPv4Network(call["DestinationCidrBlock"], strict=False)
    if str(network) != call["DestinationCidrBlock"]:
        raise RefusedError(
            "InvalidParameterValue",
            f"The destination CIDR block {call['DestinationCidrBlock']} is equal to or more specific than"
            f" {network}: it has host bits",
        )


CHECKS: Mapping[str, Callable[[Call, Quotas], None]] = {
    "AllocateAddress": _allocate_address,
    "CreateRoute": _create_route,
    "CreateSubnet": _create_subnet,
    "CreateVpc": _create_vpc,
    "DeleteSubnet": _delete_subnet,
    "DeleteVpc": _delete_vpc,
    "DisassociateAddress": _disassociate_address,
    "DetachInternetGateway": _detach_internet_gateway,
    "ReleaseAddress": _release_address,
}
