"""Cloud routers and the NAT gateways on them."""

from __future__ import annotations

from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.request import Request


def check(request: Request) -> None:
    """A gateway says whose packets it translates and which addresses it uses."""
    names = set()
    for number, gateway in enumerate(request.body.get("nats", [])):
        field = f"resource.nats[{number}]"
        if not gateway.get("name") or gateway["name"] in names:
            raise invalid(f"{field}.name", gateway.get("name", ""), "Each NAT needs a name of its own.")
        names.add(gateway["name"])
        ranges = gateway.get("sourceSubnetworkIpRangesToNat")
        if ranges is None:
            raise CloudError(400, f"Required field '{field}.sourceSubnetworkIpRangesToNat' not specified", "required")
        if (ranges == "LIST_OF_SUBNETWORKS") != bool(gateway.get("subnetworks")):
            raise invalid(f"{field}.subnetworks", gateway.get("subnetworks", ""), "It must fit the source ranges.")
        if (gateway.get("natIpAllocateOption") == "MANUAL_ONLY") != bool(gateway.get("natIps")):
            raise invalid(f"{field}.natIps", gateway.get("natIps", ""), "It must fit natIpAllocateOption.")
