"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, tag_map, tag_specification
from tools.standins.core.cloud import AutoName
from tools.standins.core.schema import Failure, Input, Output

_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
# Every protocol under the name that the API gives back.
_PROTOCOLS: Final = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp"}


class SecurityGroup(AwsResource):
    """A security group; its rules are resources of their own."""

    token = _GROUP
    kind = "EC2 Security Group"
    inputs = sdk.inputs(
        _GROUP,
        taken=("description", "egress", "ingress", "name", "region", "revokeRulesOnDelete", "tags", "vpcId"),
        replaces=("description", "name", "region", "vpcId"),
        defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    )
    outputs = sdk.outputs(_GROUP)
    computed = frozenset({"egress", "ingress", "namePrefix", "region", "vpcId"})
    autoname = AutoName(input="name", longest=255)

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        inline = [name for name in ("egress", "ingress") if inputs.get(name)]
        reason = "the stand-in takes rules as resources of their own only (aws.vpc.SecurityGroupIngressRule)"
        return [*super().problems(inputs), *(Failure(path=name, reason=reason) for name in inline)]

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        vpc = {"VpcId": inputs["vpcId"]} if inputs.get("vpcId") else {}
        tags = tag_specification("security-group", inputs)
        made = api.create_security_group(GroupName=inputs["name"], Description=inputs["description"], **vpc, **tags)
        group: str = made["GroupId"]
        # As the official plugin does: what AWS lets out by itself is not in the program.
        born = api.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
        if born:
            api.revoke_security_group_egress(GroupId=group, IpPermissions=born)
        return group

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        group = api.describe_security_groups(GroupIds=[state["id"]])["SecurityGroups"][0]
        return {
            "name": group["GroupName"],
            "namePrefix": "",
            "description": group["Description"],
            "vpcId": group.get("VpcId"),
            "tagsAll": tag_map(group.get("Tags")),
            "arn": self.session.arn("ec2", f"security-group/{state['id']}", state.get("region")),
            "ownerId": group["OwnerId"],
        }

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_security_group(GroupId=state["id"])


class _Rule(AwsResource):
    """One rule of a security group."""

    direction: ClassVar[str]
    computed = frozenset({"region"})

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        sources = [name for name in ("cidrIpv4", "referencedSecurityGroupId") if name in inputs]
        if len(sources) == 1:
            return super().problems(inputs)
        return [Failure(path="", reason="exactly one of cidrIpv4, referencedSecurityGroupId must be specified")]

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        call = getattr(api, f"authorize_security_group_{self.direction}")
        tags = tag_specification("security-group-rule", inputs)
        made = call(GroupId=inputs["securityGroupId"], IpPermissions=[self._permission(inputs)], **tags)
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    @staticmethod
    def _permission(inputs: Mapping[str, Any]) -> dict[str, Any]:
        described = {"Description": inputs["description"]} if inputs.get("description") else {}
        permission: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"]}
        for name in ("fromPort", "toPort"):
            if inputs.get(name) is not None:
                permission[name[0].upper() + name[1:]] = int(inputs[name])
        if inputs.get("cidrIpv4"):
            permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **described}]
        else:
            permission["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], **described}]
        return permission

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        rules = api.describe_security_group_rules(SecurityGroupRuleIds=[state["id"]])["SecurityGroupRules"]
        rule = next((each for each in rules if each["IsEgress"] == (self.direction == "egress")), None)
        if rule is None:
            return None
        protocol = rule["IpProtocol"]
        ported = protocol in ("tcp", "udp", "icmp")
        asked = state.get("ipProtocol", protocol)
        return {
            "securityGroupId": rule["GroupId"],
            "ipProtocol": asked if _PROTOCOLS.get(asked, asked) == protocol else protocol,
            "fromPort": rule.get("FromPort") if ported else None,
            "toPort": rule.get("ToPort") if ported else None,
            "cidrIpv4": rule.get("CidrIpv4"),
            "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
            "description": rule.get("Description") or state.get("description"),
            "tagsAll": tag_map(rule.get("Tags")),
            "securityGroupRuleId": state["id"],
            "arn": self.session.arn("ec2", f"security-group-rule/{state['id']}", state.get("region")),
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        names = ("cidrIpv4", "description", "fromPort", "ipProtocol", "referencedSecurityGroupId", "toPort")
        if all(inputs.get(name) == state.get(name) for name in names):
            return
        rule: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"], "Description": inputs.get("description", "")}
        for name in ("fromPort", "toPort"):
            if inputs.get(name) is not None:
                rule[name[0].upper() + name[1:]] = int(inputs[name])
        if inputs.get("cidrIpv4"):
            rule["CidrIpv4"] = inputs["cidrIpv4"]
        else:
            rule["ReferencedGroupId"] = inputs["referencedSecurityGroupId"]
        rules = [{"SecurityGroupRuleId": state["id"], "SecurityGroupRule": rule}]
        api.modify_security_group_rules(GroupId=inputs["securityGroupId"], SecurityGroupRules=rules)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        call = getattr(api, f"revoke_security_group_{self.direction}")
        call(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[state["id"]])


def _rule_inputs(token: str) -> Mapping[str, Input]:
    names = ("cidrIpv4", "description", "fromPort", "ipProtocol", "referencedSecurityGroupId", "toPort")
    return sdk.inputs(
        token, taken=(*names, "region", "securityGroupId", "tags"), replaces=("region", "securityGroupId")
    )


class SecurityGroupIngressRule(_Rule):
    """Lets something in."""

    token = _INGRESS
    kind = "VPC Security Group Ingress Rule"
    direction = "ingress"
    inputs = _rule_inputs(_INGRESS)
    outputs: ClassVar[Mapping[str, Output]] = sdk.outputs(_INGRESS)


class SecurityGroupEgressRule(_Rule):
    """Lets something out."""

    token = _EGRESS
    kind = "VPC Security Group Egress Rule"
    direction = "egress"
    inputs = _rule_inputs(_EGRESS)
    outputs: ClassVar[Mapping[str, Output]] = sdk.outputs(_EGRESS)
