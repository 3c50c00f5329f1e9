"""Checks of security groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, ip_network

from tools.clouds.aws import state
from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.quotas import Quotas

_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_CHARACTERS = "strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


def _create(call: Call, quotas: Quotas) -> None:
    if not _DESCRIPTION.fullmatch(call["GroupDescription"]):
        raise RefusedError(
            "InvalidParameterValue", f"Invalid security group description. Valid descriptions are {_CHARACTERS}"
        )
    if call["GroupName"].startswith("sg-"):
        raise RefusedError("InvalidParameterValue", "Group names may not be in the format sg-*")


def _authorize(call: Call, quotas: Quotas) -> None:
    for permission in call.objects("IpPermissions"):
        _check_ports(permission)
        for name, value in permission.items():
            if name.endswith(".Description") and not _DESCRIPTION.fullmatch(value):
                raise RefusedError(
                    "InvalidParameterValue", f"Invalid rule description. Valid descriptions are {_CHARACTERS}"
                )
        for name, value in permission.items():
            if name.endswith(".CidrIp"):
                _check_range(value)
    group = state.ec2(call.region).get_security_group_from_id(call["GroupId"])
    rules = () if group is None else group.egress_rules if "Egress" in call.action else group.ingress_rules
    if len(rules) >= quotas.rules:
        raise RefusedError(
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        )


def _check_ports(permission: Mapping[str, str]) -> None:
    protocol, first, last = (permission.get(name, "") for name in ("IpProtocol", "FromPort", "ToPort"))
    if protocol not in ("tcp", "udp", "6", "17"):
        return
    if not first or not last:
        raise RefusedError(
            "InvalidParameterValue",
            "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
        )
    if not 0 <= int(first) <= int(last) <= 65535:
        raise RefusedError("InvalidParameterValue", f"Invalid {protocol.upper()} port range: {first}-{last}")


def _check_range(text: str) -> None:
    try:
        network = ip_network(text)
    except ValueError:
        network = None
    if not isinstance(network, IPv4Network):
        raise RefusedError("InvalidParameterValue", f"CIDR block {text} is malformed")


def _delete(call: Call, quotas: Quotas) -> None:
    backend, group = state.ec2(call.region), call["GroupId"]
    used = any(group in {each.id for each in interface.group_set} for interface in backend.enis.values())
    others = [each for groups in backend.groups.values() for each in groups.values() if each.id != group]
    named = any(
        rule.source_group.get("GroupId") == group
        for each in others
        for rule in (*each.ingress_rules, *each.egress_rules)
    )
    if used or named:
        raise RefusedError("DependencyViolation", f"resource {group} has a dependent object")


CHECKS: Mapping[str, Callable[[Call, Quotas], None]] = {
    "AuthorizeSecurityGroupEgress": _authorize,
    "AuthorizeSecurityGroupIngress": _authorize,
    "CreateSecurityGroup": _create,
    "DeleteSecurityGroup": _delete,
}
