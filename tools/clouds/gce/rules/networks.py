"""Networks and subnetworks."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Final

from tools.clouds.gce.catalogue import BASE
from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import Body, Objects, fingerprint
from tools.clouds.gce.references import link, name_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.fields import network_range

_LONGEST_PREFIX: Final = 29
_DEFAULT_MTU: Final = 1460


def insert(request: Request) -> None:
    """A network gets its route to the internet, which goes with it."""
    body = request.body
    if "IPv4Range" in body:
        raise invalid("resource.IPv4Range", body["IPv4Range"], "Legacy networks can't be created any more.")
    body.setdefault("autoCreateSubnetworks", True)
    if body["autoCreateSubnetworks"]:
        raise CloudError(501, "This stand-in makes no auto mode networks: set autoCreateSubnetworks to false.")
    body.setdefault("routingConfig", {}).setdefault("routingMode", "REGIONAL")
    body.setdefault("mtu", _DEFAULT_MTU)
    name = f"default-route-{request.objects.new_id()}"
    route = {
        "name": name,
        "network": link(request.path),
        "destRange": "0.0.0.0/0",
        "priority": 1000,
        "nextHopGateway": f"{BASE}projects/{request.project}/global/gateways/default-internet-gateway",
        "description": "Default route to the Internet.",
    }
    request.objects.add(f"projects/{request.project}/global/routes/{name}", route)


def delete(request: Request) -> None:
    """The network's own route goes first."""
    users = request.objects.users(request.path)
    if all(is_default_route(request.objects.get(user)) for user in users):
        for user in users:
            request.objects.remove(user)


def view(objects: Objects, body: Body) -> Body:
    """A network with the links of its subnetworks."""
    links = [each["selfLink"] for _, each in objects.all("subnetworks") if each["network"] == body["selfLink"]]
    return {**body, "subnetworks": links} if links else body


def is_default_route(body: dict[str, Any]) -> bool:
    """Whether Google made this route with its network."""
    return body["kind"] == "compute#route" and str(body["name"]).startswith("default-route-")


def insert_subnetwork(request: Request) -> None:
    """A subnetwork's range is its own."""
    body = request.body
    field = "resource.ipCidrRange"
    if "ipCidrRange" not in body:
        raise CloudError(400, f"Required field '{field}' not specified", "required")
    wanted = network_range(field, body["ipCidrRange"])
    if wanted.prefixlen > _LONGEST_PREFIX:
        raise invalid(field, wanted, "The subnetwork range is too small.")
    if not wanted.is_private:
        raise invalid(field, wanted, "The range is not an allowed subnetwork range.")
    own = [wanted]
    for number, secondary in enumerate(body.get("secondaryIpRanges", [])):
        own.append(network_range(f"resource.secondaryIpRanges[{number}].ipCidrRange", secondary["ipCidrRange"]))
    for _, other in request.objects.all("subnetworks"):
        if other["network"] == body["network"]:
            _refuse_overlaps(own, other)
    for one, another in combinations(own, 2):
        if one.overlaps(another):
            raise CloudError(400, f"Invalid IPCidrRange: {another} conflicts with {one} of the same subnetwork.")
    body.setdefault("purpose", "PRIVATE")
    body.setdefault("stackType", "IPV4_ONLY")
    body.setdefault("privateIpGoogleAccess", False)
    body["gatewayAddress"] = str(wanted[1])
    body["fingerprint"] = fingerprint(body)


def ranges_of(subnetwork: Body) -> dict[str, IPv4Network]:
    """A subnetwork's ranges: its first has no name."""
    named = {each["rangeName"]: IPv4Network(each["ipCidrRange"]) for each in subnetwork.get("secondaryIpRanges", [])}
    return {"": IPv4Network(subnetwork["ipCidrRange"]), **named}


def _refuse_overlaps(own: list[IPv4Network], other: Body) -> None:
    for one in own:
        if any(one.overlaps(theirs) for theirs in ranges_of(other).values()):
            where = f"'{other['name']}' in region '{name_of(other['region'])}'"
            raise CloudError(400, f"Invalid IPCidrRange: {one} conflicts with existing subnetwork {where}.")


def _set_private_google_access(request: Request) -> None:
    request.target["privateIpGoogleAccess"] = request.body.get("privateIpGoogleAccess", False)


def _expand(request: Request) -> None:
    old = network_range("ipCidrRange", request.target["ipCidrRange"])
    new = network_range("ipCidrRange", request.body.get("ipCidrRange", ""))
    if not old.subnet_of(new) or old == new:
        raise invalid("ipCidrRange", new, f"The new range must contain the present one, {old}.")
    for path, other in request.objects.all("subnetworks"):
        if other["network"] == request.target["network"] and path != request.path:
            _refuse_overlaps([new], other)
    request.target["ipCidrRange"] = str(new)


ACTIONS: Final = {
    ("subnetworks", "setPrivateIpGoogleAccess"): _set_private_google_access,
    ("subnetworks", "expandIpCidrRange"): _expand,
}
