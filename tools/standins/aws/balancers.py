"""Load balancers, and what all resources of their API share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, changed, given, tag_list, tag_map, until
from tools.standins.core.cloud import AutoName

_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
# Input → attribute of the API.
_ATTRIBUTES: Final = {
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
}


class Balancing(AwsResource):
    """What the resources of this API share: their ID is their ARN, and they have tags by that."""

    service = "elbv2"

    def retag(self, api: Any, state: Mapping[str, Any], old: Mapping[str, str], new: Mapping[str, str]) -> None:
        gone = sorted(set(old) - set(new))
        if gone:
            api.remove_tags(ResourceArns=[state["id"]], TagKeys=gone)
        if new:
            api.add_tags(ResourceArns=[state["id"]], Tags=tag_list(new))

    @staticmethod
    def tags(api: Any, arn: str) -> dict[str, str]:
        """The tags of what has that ARN."""
        return tag_map(api.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"])


def tag_arguments(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The argument that gives tags to what this API makes; none for no tags."""
    return {"Tags": tag_list(inputs["tagsAll"])} if inputs.get("tagsAll") else {}


def text(value: Any) -> str:
    """An attribute's value as the API takes it."""
    return (
        str(value).lower() if isinstance(value, bool) else str(int(value)) if isinstance(value, float) else str(value)
    )


class LoadBalancer(Balancing):
    """A load balancer; network ones have fixed addresses."""

    token = _BALANCER
    kind = "ELBv2 Load Balancer"
    inputs = sdk.inputs(
        _BALANCER,
        taken=(
            *_ATTRIBUTES,
            "internal",
            "ipAddressType",
            "loadBalancerType",
            "name",
            "region",
            "securityGroups",
            "subnetMappings",
            "subnets",
            "tags",
        ),
        replaces=("internal", "loadBalancerType", "name", "region", "subnetMappings", "subnets"),
        defaults={"enableDeletionProtection": False, "loadBalancerType": "application"},
    )
    outputs = sdk.outputs(_BALANCER)
    computed = frozenset(
        {"internal", "ipAddressType", "namePrefix", "region", "securityGroups", "subnetMappings", "subnets"}
    )
    sets = frozenset({"securityGroups", "subnetMappings", "subnets"})
    autoname = AutoName(input="name", longest=32)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        arguments = given(
            inputs,
            Name="name",
            Type="loadBalancerType",
            IpAddressType="ipAddressType",
            SecurityGroups="securityGroups",
            Subnets="subnets",
        )
        if inputs.get("subnetMappings"):
            arguments["SubnetMappings"] = [_mapping(each) for each in inputs["subnetMappings"]]
        scheme = "internal" if inputs.get("internal") else "internet-facing"
        made = api.create_load_balancer(Scheme=scheme, **arguments, **tag_arguments(inputs))
        arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
        until(lambda: self._describe(api, arn)["State"]["Code"] == "active", f"{inputs['name']} to be active")
        self.change(api, {"id": arn, "enableDeletionProtection": False}, inputs)
        return arn

    @staticmethod
    def _describe(api: Any, arn: str) -> Any:
        return api.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        balancer = self._describe(api, state["id"])
        answer = api.describe_load_balancer_attributes(LoadBalancerArn=state["id"])["Attributes"]
        attributes = {each["Key"]: each["Value"] for each in answer}
        return {
            "arn": state["id"],
            "arnSuffix": state["id"].split(":loadbalancer/")[1],
            "dnsName": balancer["DNSName"],
            "internal": balancer["Scheme"] == "internal",
            "ipAddressType": balancer["IpAddressType"],
            "loadBalancerType": balancer["Type"],
            "name": balancer["LoadBalancerName"],
            "namePrefix": "",
            "securityGroups": sorted(balancer.get("SecurityGroups") or []),
            "subnetMappings": [_found_mapping(each) for each in balancer["AvailabilityZones"]],
            "subnets": sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]),
            "tagsAll": self.tags(api, state["id"]),
            "vpcId": balancer["VpcId"],
            "zoneId": balancer["CanonicalHostedZoneId"],
            **{name: attributes.get(attribute) == "true" for name, attribute in _ATTRIBUTES.items()},
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        attributes = [
            {"Key": attribute, "Value": text(inputs[name])}
            for name, attribute in _ATTRIBUTES.items()
            if changed(state, inputs, name)
        ]
        if attributes:
            api.modify_load_balancer_attributes(LoadBalancerArn=state["id"], Attributes=attributes)
        groups = inputs.get("securityGroups")
        if "securityGroups" in state and groups and sorted(groups) != sorted(state["securityGroups"]):
            api.set_security_groups(LoadBalancerArn=state["id"], SecurityGroups=groups)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_load_balancer(LoadBalancerArn=state["id"])


def _mapping(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return given(mapping, SubnetId="subnetId", AllocationId="allocationId", PrivateIPv4Address="privateIpv4Address")


def _found_mapping(zone: Mapping[str, Any]) -> dict[str, Any]:
    address: Mapping[str, Any] = next(iter(zone.get("LoadBalancerAddresses", [])), {})
    found = {
        "subnetId": zone["SubnetId"],
        "allocationId": address.get("AllocationId"),
        "privateIpv4Address": address.get("PrivateIPv4Address"),
    }
    return {name: value for name, value in found.items() if value}
