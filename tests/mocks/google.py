"""What Google would answer: to questions, and about what was made."""

from __future__ import annotations

from typing import Any

import grpc

Inputs = dict[str, Any]
ZONES = [f"europe-west3-{letter}" for letter in "abc"]
MACHINE_TYPES = {"e2-micro": "X86_64", "e2-medium": "X86_64", "n4-standard-2": "X86_64", "t2a-standard-2": "ARM64"}
SUBNETWORK = {"name": "others", "region": "europe-west1", "ipCidrRange": "10.200.0.0/16"}
"""The one in the existing network."""


class Refusal(grpc.RpcError):
    """As the engine hands on what a provider refuses."""

    def __init__(self, details: str) -> None:
        super().__init__(details)
        self._details = details

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self._details


def answer(function: str, given: Inputs) -> Inputs:
    """The result of a function, by its name without the package's."""
    match function:
        case "getZones":
            return {"id": "zones", "names": ZONES, "project": "my-project"}
        case "getMachineTypes":
            types = [{"name": name, "architecture": kind} for name, kind in MACHINE_TYPES.items()]
            return {"id": "types", "machineTypes": types, "zone": given["zone"]}
        case "getImage" if given["family"].startswith("ubuntu-2404-lts-"):
            return {"id": "image", "selfLink": f"newest-of-{given['family']}"}
        case "getNetwork" if given["name"] == "offices":
            return {"id": "network", "selfLink": "link-of-offices", "subnetworksSelfLinks": ["link-of-others"]}
        case "getSubnetwork":
            return {"id": "subnetwork", **SUBNETWORK}
    raise Refusal(f"googleapi: Error 404: {function} has found nothing, notFound")


def outputs(kind: str, name: str, inputs: Inputs) -> Inputs:
    """What Google adds to a resource."""
    link = {"selfLink": f"link-of-{name}"}
    match kind:
        case "gcp:compute/instance:Instance":
            interfaces = [_addressed(one, name) for one in inputs["networkInterfaces"]]
            return {**link, "instanceId": f"number-of-{name}", "networkInterfaces": interfaces}
        case "gcp:compute/address:Address":
            return {**link, "address": inputs.get("address", f"public-ip-of-{name}")}
    return link


def _addressed(interface: Inputs, name: str) -> Inputs:
    access = interface.get("accessConfigs")
    if access is None:
        return interface
    return {**interface, "accessConfigs": [{"natIp": f"public-ip-of-{name}", **one} for one in access]}
