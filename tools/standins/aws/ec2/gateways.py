"""The ways out of a network, and public addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, given, tag_map, tag_specification, until

_INTERNET: Final = "aws:ec2/internetGateway:InternetGateway"
_NAT: Final = "aws:ec2/natGateway:NatGateway"
_EIP: Final = "aws:ec2/eip:Eip"


class InternetGateway(AwsResource):
    """The way of public addresses into the internet."""

    token = _INTERNET
    kind = "EC2 Internet Gateway"
    inputs = sdk.inputs(_INTERNET, replaces=("region",))
    outputs = sdk.outputs(_INTERNET)
    computed = frozenset({"region", "vpcId"})

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        made = api.create_internet_gateway(**tag_specification("internet-gateway", inputs))["InternetGateway"]
        if inputs.get("vpcId"):
            api.attach_internet_gateway(InternetGatewayId=made["InternetGatewayId"], VpcId=inputs["vpcId"])
        return str(made["InternetGatewayId"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        gateway = api.describe_internet_gateways(InternetGatewayIds=[state["id"]])["InternetGateways"][0]
        return {
            "vpcId": next((each["VpcId"] for each in gateway.get("Attachments", [])), None),
            "tagsAll": tag_map(gateway.get("Tags")),
            "arn": self.session.arn("ec2", f"internet-gateway/{state['id']}", state.get("region")),
            "ownerId": gateway["OwnerId"],
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        if inputs.get("vpcId") not in (None, state.get("vpcId")):
            self._detach(api, state)
            api.attach_internet_gateway(InternetGatewayId=state["id"], VpcId=inputs["vpcId"])

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        self._detach(api, state)
        api.delete_internet_gateway(InternetGatewayId=state["id"])

    @staticmethod
    def _detach(api: Any, state: Mapping[str, Any]) -> None:
        if state.get("vpcId"):
            api.detach_internet_gateway(InternetGatewayId=state["id"], VpcId=state["vpcId"])


class NatGateway(AwsResource):
    """The way of private addresses into the internet."""

    token = _NAT
    kind = "EC2 NAT Gateway"
    inputs = sdk.inputs(
        _NAT,
        taken=("allocationId", "connectivityType", "privateIp", "region", "subnetId", "tags"),
        replaces=("allocationId", "connectivityType", "privateIp", "region", "subnetId"),
        defaults={"connectivityType": "public"},
    )
    outputs = sdk.outputs(_NAT)
    computed = frozenset({"privateIp", "region", "vpcId"})

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        made = api.create_nat_gateway(
            **given(
                inputs,
                AllocationId="allocationId",
                ConnectivityType="connectivityType",
                PrivateIpAddress="privateIp",
                SubnetId="subnetId",
            ),
            **tag_specification("natgateway", inputs),
        )
        gateway: str = made["NatGateway"]["NatGatewayId"]
        until(lambda: self._describe(api, gateway)["State"] == "available", f"NAT gateway {gateway}")
        return gateway

    @staticmethod
    def _describe(api: Any, gateway: str) -> Any:
        found = api.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
        return found[0] if found else {"State": "deleted"}

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        gateway = self._describe(api, state["id"])
        if gateway["State"] in ("deleting", "deleted", "failed"):
            return None
        address = gateway["NatGatewayAddresses"][0]
        return {
            "allocationId": address.get("AllocationId"),
            "associationId": address.get("AssociationId"),
            "connectivityType": gateway.get("ConnectivityType"),
            "networkInterfaceId": address.get("NetworkInterfaceId"),
            "privateIp": address.get("PrivateIp"),
            "publicIp": address.get("PublicIp"),
            "subnetId": gateway["SubnetId"],
            "vpcId": gateway["VpcId"],
            "tagsAll": tag_map(gateway.get("Tags")),
        }

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_nat_gateway(NatGatewayId=state["id"])
        until(lambda: self._describe(api, state["id"])["State"] == "deleted", f"the end of {state['id']}")


class Eip(AwsResource):
    """A public address that stays."""

    token = _EIP
    kind = "EC2 EIP"
    inputs = sdk.inputs(
        _EIP,
        taken=("associateWithPrivateIp", "domain", "instance", "networkInterface", "region", "tags"),
        replaces=("domain", "region"),
    )
    outputs = sdk.outputs(_EIP)
    computed = frozenset(
        {"domain", "instance", "ipamPoolId", "networkBorderGroup", "networkInterface", "publicIpv4Pool", "region"}
    )

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        made = api.allocate_address(Domain=inputs.get("domain", "vpc"), **tag_specification("elastic-ip", inputs))
        allocation: str = made["AllocationId"]
        self._associate(api, allocation, inputs)
        return allocation

    @staticmethod
    def _associate(api: Any, allocation: str, inputs: Mapping[str, Any]) -> None:
        target = given(inputs, InstanceId="instance", NetworkInterfaceId="networkInterface")
        if target:
            private = given(inputs, PrivateIpAddress="associateWithPrivateIp")
            api.associate_address(AllocationId=allocation, AllowReassociation=True, **target, **private)

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        address = api.describe_addresses(AllocationIds=[state["id"]])["Addresses"][0]
        return {
            "address": None,
            "allocationId": address["AllocationId"],
            "arn": self.session.arn("ec2", f"elastic-ip/{address['AllocationId']}", state.get("region")),
            "associationId": address.get("AssociationId", ""),
            "domain": address["Domain"],
            "instance": address.get("InstanceId") or "",
            "networkInterface": address.get("NetworkInterfaceId") or "",
            "privateIp": address.get("PrivateIpAddress"),
            "publicIp": address["PublicIp"],
            "publicDns": f"ec2-{address['PublicIp'].replace('.', '-')}.compute.amazonaws.com",
            "tagsAll": tag_map(address.get("Tags")),
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        targets = ("instance", "networkInterface", "associateWithPrivateIp")
        if any((inputs.get(name) or "") != (state.get(name) or "") for name in targets if name in inputs):
            self._disassociate(api, state)
            self._associate(api, state["id"], inputs)

    @staticmethod
    def _disassociate(api: Any, state: Mapping[str, Any]) -> None:
        if state.get("associationId") and (state.get("instance") or state.get("networkInterface")):
            api.disassociate_address(AssociationId=state["associationId"])

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        current = self.find(api, state)
        if current is not None:
            self._disassociate(api, current)
        api.release_address(AllocationId=state["id"])
