"""The network interfaces of instances."""

from __future__ import annotations

from typing import Any

from tools.clouds.gce.catalogue import region_of
from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import fingerprint
from tools.clouds.gce.references import name_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.addresses import pick_private, private_users, require_reserved, reserved_addresses


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
    interface |= {"name": f"nic{number}", "kind": "compute#networkInterface", "fingerprint": fingerprint(number)}
    for configuration in interface.get("accessConfigs", []):
        _make_public(request, configuration, f"{field}.accessConfigs[0].natIP")


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
