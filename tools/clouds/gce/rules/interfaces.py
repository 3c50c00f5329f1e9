"""The network interfaces of instances."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from tools.clouds.gce.catalogue import region_of
from tools.clouds.gce.errors import CloudError, OperationError, invalid
from tools.clouds.gce.objects import Body, fingerprint
from tools.clouds.gce.references import name_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.addresses import pick_private, private_users, require_reserved, reserved_addresses
from tools.clouds.gce.rules.fields import network_range
from tools.clouds.gce.rules.networks import ranges_of


def complete(request: Request, number: int, interface: dict[str, Any]) -> None:
    """Checks a new interface and gives it its addresses."""
    field = f"resource.networkInterfaces[{number}]"
    if "subnetwork" not in interface:
        raise invalid(f"{field}.subnetwork", "", "Subnetwork should be specified for a custom subnet mode network.")
    subnetwork = request.objects.at(interface["subnetwork"])
    if name_of(subnetwork["region"]) != region_of(request.zone):
        message = f"The subnetwork is not in the region of zone '{request.zone}'."
        raise invalid(f"{field}.subnetwork", interface["subnetwork"], message)
    if interface.setdefault("network", subnetwork["network"]) != subnetwork["network"]:
        message = "The network and the subnetwork's network must be the same."
        raise invalid(f"{field}.network", interface["network"], message)
    taken = set(private_users(request.objects, interface["network"]))
    if "networkIP" not in interface:
        taken |= set(reserved_addresses(request.objects, interface["subnetwork"]))
    interface["networkIP"] = pick_private(request.objects, interface["subnetwork"], interface.get("networkIP"), taken)
    _check_aliases(request, field, interface, subnetwork)
    interface |= {"name": f"nic{number}", "kind": "compute#networkInterface", "fingerprint": fingerprint(number)}
    for configuration in interface.get("accessConfigs", []):
        _make_public(request, configuration, f"{field}.accessConfigs[0].natIP")


def _check_aliases(request: Request, field: str, interface: dict[str, Any], subnetwork: Body) -> None:
    """Alias ranges are out of a range of the subnetwork, and nobody else's."""
    taken = [IPv4Network(each) for each in private_users(request.objects, interface["network"])]
    for _, other in request.objects.all("instances"):
        for theirs in other["networkInterfaces"]:
            if theirs["network"] == interface["network"]:
                taken += [IPv4Network(each["ipCidrRange"]) for each in theirs.get("aliasIpRanges", [])]
    for place, alias in enumerate(interface.get("aliasIpRanges", [])):
        name = f"{field}.aliasIpRanges[{place}]"
        wanted = network_range(f"{name}.ipCidrRange", alias["ipCidrRange"])
        whole = ranges_of(subnetwork).get(alias.get("subnetworkRangeName", ""))
        if whole is None:
            raise invalid(
                f"{name}.subnetworkRangeName", alias["subnetworkRangeName"], "No such range in the subnetwork."
            )
        if not wanted.subnet_of(whole):
            raise CloudError(400, f"Alias IP range {wanted} is not within the range {whole} of the subnetwork.")
        if any(wanted.overlaps(one) for one in taken):
            message = f"IP alias range {wanted} overlaps with one that is used already."
            raise OperationError("IP_IN_USE_BY_ANOTHER_RESOURCE", message)


def _make_public(request: Request, configuration: dict[str, Any], field: str) -> None:
    configuration.setdefault("name", "External NAT")
    configuration.setdefault("type", "ONE_TO_ONE_NAT")
    configuration.setdefault("networkTier", "PREMIUM")
    configuration["kind"] = "compute#accessConfig"
    if "natIP" in configuration:
        require_reserved(request, field, configuration["natIP"])
    else:
        configuration["natIP"] = request.objects.next_public_address()


def add_access_config(request: Request) -> None:
    """Gives an instance a public address."""
    interface = _interface(request)
    if interface.get("accessConfigs"):
        raise CloudError(400, "At most one access config currently supported.")
    _make_public(request, request.body, "resource.natIP")
    interface["accessConfigs"] = [request.body]


def delete_access_config(request: Request) -> None:
    """Takes an instance's public address away."""
    interface = _interface(request)
    present = interface.get("accessConfigs", [])
    interface["accessConfigs"] = [each for each in present if each["name"] != request.query.get("accessConfig")]
    if len(interface["accessConfigs"]) == len(present):
        raise invalid("accessConfig", request.query.get("accessConfig", ""), "There is no access config of that name.")


def _interface(request: Request) -> dict[str, Any]:
    name = request.query.get("networkInterface", "")
    for interface in request.target["networkInterfaces"]:
        if interface["name"] == name:
            found: dict[str, Any] = interface
            return found
    raise invalid("networkInterface", name, "The instance has no network interface of that name.")
