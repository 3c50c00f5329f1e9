"""VPCs and subnets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, changed, given, tag_map, tag_specification, until

_VPC: Final = "aws:ec2/vpc:Vpc"
_SUBNET: Final = "aws:ec2/subnet:Subnet"


class Vpc(AwsResource):
    """A network."""

    token = _VPC
    kind = "EC2 VPC"
    inputs = sdk.inputs(
        _VPC,
        taken=("cidrBlock", "enableDnsHostnames", "enableDnsSupport", "instanceTenancy", "region", "tags"),
        replaces=("cidrBlock", "instanceTenancy", "region"),
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
    )
    outputs = sdk.outputs(_VPC)
    computed = frozenset({"cidrBlock", "enableDnsHostnames", "region"})

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        arguments = given(inputs, CidrBlock="cidrBlock", InstanceTenancy="instanceTenancy")
        made = api.create_vpc(**arguments, **tag_specification("vpc", inputs))["Vpc"]
        vpc: str = made["VpcId"]
        until(lambda: api.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["State"] == "available", f"VPC {vpc}")
        self.change(api, {"id": vpc, "enableDnsSupport": True, "enableDnsHostnames": False}, inputs)
        return vpc

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        vpc = api.describe_vpcs(VpcIds=[state["id"]])["Vpcs"][0]
        filters = [{"Name": "vpc-id", "Values": [state["id"]]}]
        tables = api.describe_route_tables(Filters=[*filters, {"Name": "association.main", "Values": ["true"]}])
        groups = api.describe_security_groups(Filters=[*filters, {"Name": "group-name", "Values": ["default"]}])
        acls = api.describe_network_acls(Filters=[*filters, {"Name": "default", "Values": ["true"]}])
        main = tables["RouteTables"][0]["RouteTableId"] if tables["RouteTables"] else None
        return {
            "cidrBlock": vpc["CidrBlock"],
            "instanceTenancy": vpc["InstanceTenancy"],
            "enableDnsSupport": self._attribute(api, vpc, "enableDnsSupport"),
            "enableDnsHostnames": self._attribute(api, vpc, "enableDnsHostnames"),
            "tagsAll": tag_map(vpc.get("Tags")),
            "arn": self.session.arn("ec2", f"vpc/{vpc['VpcId']}", state.get("region")),
            "ownerId": vpc["OwnerId"],
            "dhcpOptionsId": vpc.get("DhcpOptionsId"),
            "mainRouteTableId": main,
            "defaultRouteTableId": main,
            "defaultSecurityGroupId": next((each["GroupId"] for each in groups["SecurityGroups"]), None),
            "defaultNetworkAclId": next((each["NetworkAclId"] for each in acls["NetworkAcls"]), None),
        }

    @staticmethod
    def _attribute(api: Any, vpc: Mapping[str, Any], name: str) -> bool:
        answer = api.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        for name in ("enableDnsSupport", "enableDnsHostnames"):
            if changed(state, inputs, name):
                attribute = {name[0].upper() + name[1:]: {"Value": inputs[name]}}
                api.modify_vpc_attribute(VpcId=state["id"], **attribute)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_vpc(VpcId=state["id"])


class Subnet(AwsResource):
    """A part of a network, in one zone."""

    token = _SUBNET
    kind = "EC2 Subnet"
    inputs = sdk.inputs(
        _SUBNET,
        taken=("availabilityZone", "cidrBlock", "mapPublicIpOnLaunch", "region", "tags", "vpcId"),
        replaces=("availabilityZone", "cidrBlock", "region", "vpcId"),
        defaults={"mapPublicIpOnLaunch": False},
    )
    outputs = sdk.outputs(_SUBNET)
    computed = frozenset({"availabilityZone", "availabilityZoneId", "privateDnsHostnameTypeOnLaunch", "region"})

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        arguments = given(inputs, VpcId="vpcId", CidrBlock="cidrBlock", AvailabilityZone="availabilityZone")
        made = api.create_subnet(**arguments, **tag_specification("subnet", inputs))["Subnet"]
        subnet: str = made["SubnetId"]
        until(lambda: self._describe(api, subnet)["State"] == "available", f"subnet {subnet}")
        self.change(api, {"id": subnet, "mapPublicIpOnLaunch": made.get("MapPublicIpOnLaunch")}, inputs)
        return subnet

    @staticmethod
    def _describe(api: Any, subnet: str) -> Any:
        return api.describe_subnets(SubnetIds=[subnet])["Subnets"][0]

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        subnet = self._describe(api, state["id"])
        return {
            "vpcId": subnet["VpcId"],
            "cidrBlock": subnet["CidrBlock"],
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet.get("AvailabilityZoneId"),
            "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
            "tagsAll": tag_map(subnet.get("Tags")),
            "arn": subnet["SubnetArn"],
            "ownerId": subnet["OwnerId"],
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        if changed(state, inputs, "mapPublicIpOnLaunch"):
            api.modify_subnet_attribute(
                SubnetId=state["id"], MapPublicIpOnLaunch={"Value": inputs["mapPublicIpOnLaunch"]}
            )

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_subnet(SubnetId=state["id"])
