"""Functions of the plugin: look-ups of what is there already."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tools.standins.aws.resource import tag_map
from tools.standins.aws.session import Session, describe
from tools.standins.core.operation import StandInError

Arguments = Mapping[str, Any]
_Lookup = Callable[[Session, Any, Arguments], dict[str, Any]]


def functions(session: Session) -> dict[str, Callable[[Arguments], Awaitable[dict[str, Any]]]]:
    """Token → function."""
    return {token: _bind(session, service, lookup) for token, (service, lookup) in _LOOKUPS.items()}


def _bind(session: Session, service: str, lookup: _Lookup) -> Callable[[Arguments], Awaitable[dict[str, Any]]]:
    async def run(arguments: Arguments) -> dict[str, Any]:
        from botocore.exceptions import ClientError  # type: ignore[import-untyped]

        region = arguments.get("region") or session.region
        try:
            found = await asyncio.to_thread(lookup, session, session.client(service, region), arguments)
        except ClientError as error:
            raise StandInError(f"reading {lookup.__name__.strip('_')}: {describe(error)}") from error
        return {"region": region, **found}

    return run


def _filters(arguments: Arguments, **named: str) -> list[dict[str, Any]]:
    """The API's filters: the program's own, its tags, and inputs that are filters (`named`: input → filter)."""
    filters = [{"Name": each["name"], "Values": each["values"]} for each in arguments.get("filters") or []]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (arguments.get("tags") or {}).items()]
    for name, filter_name in named.items():
        if arguments.get(name) is not None:
            value = arguments[name]
            filters.append({"Name": filter_name, "Values": [str(value).lower() if isinstance(value, bool) else value]})
    return filters


def _only(found: list[Any], what: str) -> Any:
    if not found:
        raise StandInError(f"no matching {what} found")
    if len(found) > 1:
        raise StandInError(f"multiple {what}s matched; use additional constraints to reduce matches to a single {what}")
    return found[0]


def _ami(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    owners = {"Owners": arguments["owners"]} if arguments.get("owners") else {}
    images = api.describe_images(Filters=_filters(arguments), **owners)["Images"]
    pattern = re.compile(arguments.get("nameRegex") or "")
    images = [image for image in images if pattern.search(image.get("Name", ""))]
    if not images:
        raise StandInError("Your query returned no results. Please change your search criteria and try again.")
    if len(images) > 1 and not arguments.get("mostRecent"):
        raise StandInError(
            "Your query returned more than one result. Please try a more specific search criteria, or set"
            " `most_recent` attribute to true."
        )
    image = max(images, key=lambda each: str(each["CreationDate"]))
    return {
        "id": image["ImageId"],
        "imageId": image["ImageId"],
        "arn": session.arn("ec2", f"image/{image['ImageId']}"),
        "architecture": image["Architecture"],
        "creationDate": image["CreationDate"],
        "description": image.get("Description", ""),
        "hypervisor": image["Hypervisor"],
        "imageOwnerAlias": image.get("ImageOwnerAlias", ""),
        "imageType": image["ImageType"],
        "name": image["Name"],
        "ownerId": image["OwnerId"],
        "public": image["Public"],
        "rootDeviceName": image["RootDeviceName"],
        "rootDeviceType": image["RootDeviceType"],
        "state": image["State"],
        "virtualizationType": image["VirtualizationType"],
        "tags": tag_map(image.get("Tags")),
    }


def _availability_zones(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    state = {"state": "state"} if arguments.get("state") else {}
    zones = api.describe_availability_zones(Filters=_filters(arguments, **state))["AvailabilityZones"]
    excluded = arguments.get("excludeNames") or []
    kept = sorted((zone for zone in zones if zone["ZoneName"] not in excluded), key=lambda zone: str(zone["ZoneName"]))
    return {
        "id": arguments.get("region") or session.region,
        "names": [zone["ZoneName"] for zone in kept],
        "zoneIds": [zone["ZoneId"] for zone in kept],
        "groupNames": sorted({zone.get("GroupName", zone["RegionName"]) for zone in kept}),
    }


def _caller_identity(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    caller = api.get_caller_identity()
    account = caller["Account"]
    return {"id": account, "accountId": account, "arn": caller["Arn"], "userId": caller["UserId"]}


def _region(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    name = arguments.get("region") or session.region
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def _vpc(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    ids = {"VpcIds": [arguments["id"]]} if arguments.get("id") else {}
    filters = _filters(arguments, cidrBlock="cidr", default="isDefault", state="state")
    vpc = _only(api.describe_vpcs(Filters=filters, **ids)["Vpcs"], "EC2 VPC")
    main = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}]
    tables = api.describe_route_tables(Filters=main)["RouteTables"]
    return {
        "id": vpc["VpcId"],
        "arn": session.arn("ec2", f"vpc/{vpc['VpcId']}", arguments.get("region")),
        "cidrBlock": vpc["CidrBlock"],
        "cidrBlockAssociations": [
            {"associationId": each["AssociationId"], "cidrBlock": each["CidrBlock"], "state": "associated"}
            for each in vpc.get("CidrBlockAssociationSet", [])
        ],
        "default": vpc["IsDefault"],
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "instanceTenancy": vpc["InstanceTenancy"],
        "mainRouteTableId": tables[0]["RouteTableId"] if tables else "",
        "ownerId": vpc["OwnerId"],
        "state": vpc["State"],
        "tags": tag_map(vpc.get("Tags")),
    }


def _subnet(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    ids = {"SubnetIds": [arguments["id"]]} if arguments.get("id") else {}
    filters = _filters(arguments, availabilityZone="availabilityZone", cidrBlock="cidrBlock", vpcId="vpc-id")
    subnet = _only(api.describe_subnets(Filters=filters, **ids)["Subnets"], "EC2 Subnet")
    return {
        "id": subnet["SubnetId"],
        "arn": subnet["SubnetArn"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet.get("AvailabilityZoneId", ""),
        "availableIpAddressCount": subnet["AvailableIpAddressCount"],
        "cidrBlock": subnet["CidrBlock"],
        "defaultForAz": subnet["DefaultForAz"],
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "ownerId": subnet["OwnerId"],
        "state": subnet["State"],
        "tags": tag_map(subnet.get("Tags")),
        "vpcId": subnet["VpcId"],
    }


def _subnets(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    subnets = api.describe_subnets(Filters=_filters(arguments))["Subnets"]
    return {"id": session.region, "ids": sorted(subnet["SubnetId"] for subnet in subnets)}


def _internet_gateway(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    filters = _filters(arguments, internetGatewayId="internet-gateway-id")
    gateway = _only(api.describe_internet_gateways(Filters=filters)["InternetGateways"], "EC2 Internet Gateway")
    return {
        "id": gateway["InternetGatewayId"],
        "internetGatewayId": gateway["InternetGatewayId"],
        "arn": session.arn("ec2", f"internet-gateway/{gateway['InternetGatewayId']}", arguments.get("region")),
        "attachments": [{"state": each["State"], "vpcId": each["VpcId"]} for each in gateway.get("Attachments", [])],
        "ownerId": gateway["OwnerId"],
        "tags": tag_map(gateway.get("Tags")),
    }


def _instance_type(session: Session, api: Any, arguments: Arguments) -> dict[str, Any]:
    name = arguments["instanceType"]
    found = _only(api.describe_instance_types(InstanceTypes=[name])["InstanceTypes"], "EC2 Instance Type")
    return {
        "id": name,
        "instanceType": name,
        "defaultVcpus": found["VCpuInfo"]["DefaultVCpus"],
        "memorySize": found["MemoryInfo"]["SizeInMiB"],
        "supportedArchitectures": found["ProcessorInfo"]["SupportedArchitectures"],
    }


_LOOKUPS: Mapping[str, tuple[str, _Lookup]] = {
    "aws:ec2/getAmi:getAmi": ("ec2", _ami),
    "aws:ec2/getInstanceType:getInstanceType": ("ec2", _instance_type),
    "aws:ec2/getInternetGateway:getInternetGateway": ("ec2", _internet_gateway),
    "aws:ec2/getSubnet:getSubnet": ("ec2", _subnet),
    "aws:ec2/getSubnets:getSubnets": ("ec2", _subnets),
    "aws:ec2/getVpc:getVpc": ("ec2", _vpc),
    "aws:index/getAvailabilityZones:getAvailabilityZones": ("ec2", _availability_zones),
    "aws:index/getCallerIdentity:getCallerIdentity": ("sts", _caller_identity),
    "aws:index/getRegion:getRegion": ("sts", _region),
}
