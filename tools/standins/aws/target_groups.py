"""Target groups: who serves, and how that is found out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.balancers import Balancing, tag_arguments, text
from tools.standins.aws.resource import changed, given
from tools.standins.core.cloud import AutoName

_GROUP: Final = "aws:lb/targetGroup:TargetGroup"
# Input → attribute of the API.
_ATTRIBUTES: Final = {
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
}
# Property of healthCheck → the API's argument.
_CHECK: Final = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}


class TargetGroup(Balancing):
    """A target group."""

    token = _GROUP
    kind = "ELBv2 Target Group"
    inputs = sdk.inputs(
        _GROUP,
        taken=(
            *_ATTRIBUTES,
            "healthCheck",
            "ipAddressType",
            "name",
            "port",
            "protocol",
            "region",
            "tags",
            "targetType",
            "vpcId",
        ),
        replaces=("ipAddressType", "name", "port", "protocol", "region", "targetType", "vpcId"),
        defaults={"deregistrationDelay": 300, "proxyProtocolV2": False, "targetType": "instance"},
    )
    outputs = sdk.outputs(_GROUP)
    computed = frozenset(
        {
            "connectionTermination",
            "healthCheck",
            "ipAddressType",
            "loadBalancingCrossZoneEnabled",
            "namePrefix",
            "preserveClientIp",
            "region",
        }
    )
    autoname = AutoName(input="name", longest=32)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        arguments = given(
            inputs,
            Name="name",
            Port="port",
            Protocol="protocol",
            VpcId="vpcId",
            TargetType="targetType",
            IpAddressType="ipAddressType",
        )
        check = _check(inputs.get("healthCheck") or {})
        made = api.create_target_group(**arguments, **check, **tag_arguments(inputs))
        arn: str = made["TargetGroups"][0]["TargetGroupArn"]
        self._set_attributes(api, arn, {"deregistrationDelay": 300, "proxyProtocolV2": False}, inputs)
        return arn

    @staticmethod
    def _set_attributes(api: Any, arn: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        attributes = [
            {"Key": attribute, "Value": text(inputs[name])}
            for name, attribute in _ATTRIBUTES.items()
            if changed(state, inputs, name)
        ]
        if attributes:
            api.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        group = api.describe_target_groups(TargetGroupArns=[state["id"]])["TargetGroups"][0]
        answer = api.describe_target_group_attributes(TargetGroupArn=state["id"])["Attributes"]
        attributes = {each["Key"]: each["Value"] for each in answer}
        check = {name: group[argument] for name, argument in _CHECK.items() if group.get(argument) is not None}
        if group.get("Matcher", {}).get("HttpCode") and check.get("protocol") != "TCP":
            check["matcher"] = group["Matcher"]["HttpCode"]
        return {
            "arn": state["id"],
            "arnSuffix": state["id"].rsplit(":", 1)[1],
            "healthCheck": check,
            "ipAddressType": group.get("IpAddressType", "ipv4"),
            "loadBalancerArns": group.get("LoadBalancerArns", []),
            "name": group["TargetGroupName"],
            "namePrefix": "",
            "port": group["Port"],
            "protocol": group["Protocol"],
            "tagsAll": self.tags(api, state["id"]),
            "targetType": group["TargetType"],
            "vpcId": group["VpcId"],
            "deregistrationDelay": int(attributes.get("deregistration_delay.timeout_seconds", 300)),
            "connectionTermination": attributes.get(_ATTRIBUTES["connectionTermination"]) == "true",
            "proxyProtocolV2": attributes.get(_ATTRIBUTES["proxyProtocolV2"]) == "true",
            "preserveClientIp": attributes.get(_ATTRIBUTES["preserveClientIp"]),
            "loadBalancingCrossZoneEnabled": attributes.get(_ATTRIBUTES["loadBalancingCrossZoneEnabled"]),
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        self._set_attributes(api, state["id"], state, inputs)
        if changed(state, inputs, "healthCheck"):
            api.modify_target_group(TargetGroupArn=state["id"], **_check(inputs["healthCheck"]))

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_target_group(TargetGroupArn=state["id"])


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    arguments = given(check, **{argument: name for name, argument in _CHECK.items()})
    if "HealthCheckPort" in arguments:
        arguments["HealthCheckPort"] = text(arguments["HealthCheckPort"])
    if check.get("matcher"):
        arguments["Matcher"] = {"HttpCode": check["matcher"]}
    return arguments
