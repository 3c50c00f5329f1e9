"""What is put into a request that moto would otherwise do wrong."""

from __future__ import annotations

from tools.clouds.aws.after import Addresses
from tools.clouds.aws.call import Call

_WITH_PORTS = ("tcp", "udp", "icmp", "6", "17", "1", "-1")


def prepare(call: Call, addresses: Addresses) -> dict[str, str]:
    """The parameters that are passed on."""
    parameters = dict(call.parameters)
    if (call.service, call.action) == ("ec2", "AllocateAddress") and not call["Address"]:
        parameters["Address"] = addresses.take()
    if call.service == "ec2" and "SecurityGroup" in call.action:
        _give_ports(call, parameters)
    return parameters


def _give_ports(call: Call, parameters: dict[str, str]) -> None:
    """A rule for a protocol without ports has none; moto wants some."""
    for number, permission in enumerate(call.objects("IpPermissions"), 1):
        if permission.get("IpProtocol", "-1") not in _WITH_PORTS:
            for name in ("FromPort", "ToPort"):
                parameters[f"IpPermissions.{number}.{name}"] = "-1"
