"""Listeners, and the machines that they hand connections on to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.balancers import Balancing, tag_arguments
from tools.standins.aws.resource import changed, given

_LISTENER: Final = "aws:lb/listener:Listener"
_ATTACHMENT: Final = "aws:lb/targetGroupAttachment:TargetGroupAttachment"


class Listener(Balancing):
    """A port of a load balancer, handed on to a target group."""

    token = _LISTENER
    kind = "ELBv2 Listener"
    inputs = sdk.inputs(
        _LISTENER,
        taken=("defaultActions", "loadBalancerArn", "port", "protocol", "region", "tags", "tcpIdleTimeoutSeconds"),
        replaces=("loadBalancerArn", "region"),
    )
    outputs = sdk.outputs(_LISTENER)
    computed = frozenset({"protocol", "region", "sslPolicy", "tcpIdleTimeoutSeconds"})

    @staticmethod
    def _arguments(inputs: Mapping[str, Any]) -> dict[str, Any]:
        actions = [
            given(action, Type="type", TargetGroupArn="targetGroupArn", Order="order")
            for action in inputs["defaultActions"]
        ]
        return {"DefaultActions": actions, **given(inputs, Port="port", Protocol="protocol")}

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        arguments = {**self._arguments(inputs), **tag_arguments(inputs)}
        made = api.create_listener(LoadBalancerArn=inputs["loadBalancerArn"], **arguments)
        return str(made["Listeners"][0]["ListenerArn"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        listener = api.describe_listeners(ListenerArns=[state["id"]])["Listeners"][0]
        actions = [
            {name: value for name, value in found.items() if value is not None}
            for found in (
                {"type": each["Type"], "targetGroupArn": each.get("TargetGroupArn"), "order": each.get("Order")}
                for each in listener["DefaultActions"]
            )
        ]
        return {
            "arn": state["id"],
            "defaultActions": actions,
            "loadBalancerArn": listener["LoadBalancerArn"],
            "port": listener["Port"],
            "protocol": listener["Protocol"],
            "tagsAll": self.tags(api, state["id"]),
            "tcpIdleTimeoutSeconds": state.get("tcpIdleTimeoutSeconds", 350),
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        if changed(state, inputs, "defaultActions", "port", "protocol"):
            api.modify_listener(ListenerArn=state["id"], **self._arguments(inputs))

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_listener(ListenerArn=state["id"])


class TargetGroupAttachment(Balancing):
    """Puts a machine into a target group."""

    token = _ATTACHMENT
    kind = "ELBv2 Target Group Attachment"
    inputs = sdk.inputs(
        _ATTACHMENT,
        taken=("availabilityZone", "port", "region", "targetGroupArn", "targetId"),
        replaces=("availabilityZone", "port", "region", "targetGroupArn", "targetId"),
    )
    outputs = sdk.outputs(_ATTACHMENT)
    computed = frozenset({"region"})

    @staticmethod
    def _target(properties: Mapping[str, Any]) -> dict[str, Any]:
        return given(properties, Id="targetId", Port="port", AvailabilityZone="availabilityZone")

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        api.register_targets(TargetGroupArn=inputs["targetGroupArn"], Targets=[self._target(inputs)])
        return f"{inputs['targetGroupArn']}-{secrets.token_hex(13)}"

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        answer = api.describe_target_health(TargetGroupArn=state["targetGroupArn"], Targets=[self._target(state)])
        gone = ("Target.NotRegistered", "Target.DeregistrationInProgress")
        for described in answer["TargetHealthDescriptions"]:
            if described["TargetHealth"].get("Reason") not in gone:
                return {name: state[name] for name in self.inputs if name in state}
        return None

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        if self.find(api, state) is not None:
            api.deregister_targets(TargetGroupArn=state["targetGroupArn"], Targets=[self._target(state)])
