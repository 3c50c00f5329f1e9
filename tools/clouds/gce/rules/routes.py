"""Routes."""

from __future__ import annotations

from typing import Final

from tools.clouds.gce.catalogue import quota
from tools.clouds.gce.errors import CloudError, OperationError, invalid
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.fields import address, check_tags, network_range
from tools.clouds.gce.rules.networks import is_default_route

_NEXT_HOPS: Final = ("nextHopInstance", "nextHopIp", "nextHopGateway", "nextHopIlb", "nextHopVpnTunnel")


def insert(request: Request) -> None:
    """A route has one next hop, in its network, and stays out of the subnetworks' ranges."""
    body = request.body
    hops = [name for name in _NEXT_HOPS if name in body]
    if len(hops) != 1:
        raise CloudError(400, "Exactly one next hop must be specified.", "invalid")
    if hops[0] == "nextHopIp":
        address("resource.nextHopIp", body["nextHopIp"])
    check_tags("resource.tags", body.get("tags", []))
    destination = network_range("resource.destRange", body["destRange"])
    for _, subnetwork in request.objects.all("subnetworks"):
        if subnetwork["network"] == body["network"] and destination.subnet_of(
            network_range("ipCidrRange", subnetwork["ipCidrRange"])
        ):
            raise invalid(
                "resource.destRange",
                destination,
                f"The range is the same as or more specific than that of the subnetwork '{subnetwork['name']}'.",
            )
    _check_quota(request)
    _check_instance(request)


def _check_quota(request: Request) -> None:
    limit = quota("routes")
    own = [
        route
        for _, route in request.objects.all("routes")
        if route["network"] == request.body["network"] and not is_default_route(route)
    ]
    if len(own) >= limit:
        raise CloudError(403, f"Quota 'ROUTES' exceeded.  Limit: {limit:.1f} globally.", "quotaExceeded")


def _check_instance(request: Request) -> None:
    if "nextHopInstance" not in request.body:
        return
    instance = request.objects.at(request.body["nextHopInstance"])
    if request.body["network"] not in {each["network"] for each in instance["networkInterfaces"]}:
        raise OperationError(
            "INVALID_USAGE", f"The next hop instance '{instance['name']}' has no interface in the route's network."
        )
    # Google takes the route and warns. What a warning would tell a user is an error here.
    if not instance.get("canIpForward"):
        raise invalid(
            "resource.nextHopInstance",
            request.body["nextHopInstance"],
            "The instance doesn't have canIpForward enabled, so that it would drop what the route sends to it.",
        )
