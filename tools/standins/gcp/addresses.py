"""Reserved addresses and disks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.fields import Field, Fields, disk_type, link, number, same
from tools.standins.gcp.images import image_path

_ADDRESS: Final = "gcp:compute/address:Address"
_DISK: Final = "gcp:compute/disk:Disk"


class Address(ComputeResource):
    """A reserved address of a region."""

    token = _ADDRESS
    inputs = sdk.inputs(
        _ADDRESS,
        replaces=(
            *("name", "project", "region", "address", "addressType", "description", "networkTier", "purpose"),
            *("subnetwork", "network", "prefixLength", "ipVersion", "ipv6EndpointType"),
        ),
    )
    outputs = sdk.outputs(_ADDRESS)
    collection = "addresses"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("address", "addressType", "description", "networkTier", "purpose", "ipVersion", "users"),
        "network": link("network", "networks", "global"),
        "subnetwork": link("subnetwork", "subnetworks", "region"),
    }
    labelled = True
    computed = frozenset({"project", "region", "address", "addressType", "networkTier", "purpose", "subnetwork"})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        return {"users": [], **await super().properties(body, state), "addressId": int(body["id"])}


class Disk(ComputeResource):
    """A disk that lives by itself."""

    token = _DISK
    inputs = sdk.inputs(_DISK, replaces=("name", "project", "zone", "description", "image", "snapshot", "type"))
    outputs = sdk.outputs(_DISK)
    collection = "disks"
    scope = "zone"
    fields: ClassVar[Fields] = {
        **same("description"),
        "image": Field("sourceImage", lambda value, place: image_path(value)),
        "size": number("sizeGb"),
        "type": disk_type("type"),
    }
    labelled = True
    computed = frozenset({"project", "zone", "size", "image"})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = {"users": [], **await super().properties(body, state), "diskId": body["id"]}
        return {**found, "image": state["image"]} if "image" in state else found

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        if "size" in inputs and int(inputs["size"]) != int(state["size"]):
            await self.post(operation, state, "resize", {"sizeGb": str(int(inputs["size"]))})
