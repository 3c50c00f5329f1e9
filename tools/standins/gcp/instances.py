"""Instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation, StandInError
from tools.standins.core.values import UNKNOWN
from tools.standins.gcp import instance_changes
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import Place
from tools.standins.gcp.fields import Field, Fields, disk_type, full, inner, items, link, number, path, same
from tools.standins.gcp.images import image_path

_INSTANCE: Final = "gcp:compute/instance:Instance"
_ALIASES: Final = {"ipCidrRange": Field("ipCidrRange"), "subnetworkRangeName": Field("subnetworkRangeName")}
_DISK: Final = {
    "image": Field("sourceImage", lambda value, place: image_path(value)),
    "size": number("diskSizeGb"),
    "type": disk_type("diskType"),
    **same("labels"),
}


def _access(configurations: Any, place: Place) -> Any:
    return [
        {"type": "ONE_TO_ONE_NAT", **{api: each[name] for name, api in _ACCESS.items() if each.get(name) is not None}}
        for each in configurations
    ]


_ACCESS: Final = {"natIp": "natIP", "networkTier": "networkTier", "publicPtrDomainName": "publicPtrDomainName"}
INTERFACE: Final = {
    **same("name", "nicType", "stackType"),
    "network": link("network", "networks", "global"),
    "subnetwork": link("subnetwork", "subnetworks", "region"),
    "networkIp": Field("networkIP"),
    "accessConfigs": Field(
        "accessConfigs",
        _access,
        lambda found: [{name: each[api] for name, api in _ACCESS.items() if api in each} for each in found],
    ),
    "aliasIpRanges": items("aliasIpRanges", _ALIASES),
}
SCHEDULING: Final = same(
    "provisioningModel", "preemptible", "automaticRestart", "onHostMaintenance", "instanceTerminationAction"
)
SHIELDED: Final = same("enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring")


class Instance(ComputeResource):
    """A machine."""

    token = _INSTANCE
    inputs = sdk.inputs(
        _INSTANCE,
        replaces=(
            *("name", "project", "zone", "description", "hostname", "bootDisk", "metadataStartupScript"),
            *("networkInterfaces.network", "networkInterfaces.subnetwork", "networkInterfaces.networkIp"),
            *("networkInterfaces.nicType", "scheduling.provisioningModel", "scheduling.preemptible"),
        ),
        defaults={"canIpForward": False, "deletionProtection": False},
    )
    outputs = sdk.outputs(_INSTANCE)
    collection = "instances"
    scope = "zone"
    fields: ClassVar[Fields] = {
        **same("description", "hostname", "canIpForward", "deletionProtection", "minCpuPlatform"),
        "machineType": Field("machineType", lambda value, place: full(value, "machineTypes", "zone", place)),
        "tags": Field("tags.items"),
        "networkInterfaces": items("networkInterfaces", INTERFACE),
        "metadata": Field("metadata.items", lambda value, place: metadata_items(value), lambda value: metadata(value)),
        "scheduling": inner("scheduling", SCHEDULING),
        "shieldedInstanceConfig": inner("shieldedInstanceConfig", SHIELDED),
        "advancedMachineFeatures": inner(
            "advancedMachineFeatures", same("threadsPerCore", "enableNestedVirtualization")
        ),
    }
    labelled = True
    virtual = frozenset(
        {"allowStoppingForUpdate", "desiredStatus", "metadataStartupScript", "bootDisk", "serviceAccount"}
    )
    computed = frozenset({"project", "zone", "minCpuPlatform", "scheduling"})
    sets = frozenset({"tags"})

    def body(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        body = super().body(inputs, place)
        body["disks"] = [_boot_disk(inputs["bootDisk"], place)]
        script = inputs.get("metadataStartupScript")
        if script is not None and body.get("metadata") is not UNKNOWN:
            body.setdefault("metadata", {}).setdefault("items", []).append({"key": "startup-script", "value": script})
        if (account := inputs.get("serviceAccount")) is not None:
            body["serviceAccounts"] = [account if account is UNKNOWN else {"email": "default", **account}]
        if body.get("scheduling", {}).get("provisioningModel") == "SPOT":
            body["scheduling"]["preemptible"] = True
        return body

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        found["machineType"] = found["machineType"].rpartition("/")[2]
        if "metadataStartupScript" in state:
            found.setdefault("metadata", {}).pop("startup-script", None)
        if accounts := body.get("serviceAccounts"):
            found["serviceAccount"] = {"email": accounts[0]["email"], "scopes": accounts[0].get("scopes", [])}
        if body["disks"]:
            found["bootDisk"] = await self._boot_disk(body["disks"][0], state.get("bootDisk", {}))
        if "desiredStatus" in state:
            found["desiredStatus"] = body["status"]
        return {
            **found,
            "cpuPlatform": body["cpuPlatform"],
            "currentStatus": body["status"],
            "instanceId": body["id"],
            "metadataFingerprint": body["metadata"]["fingerprint"],
            "tagsFingerprint": body["tags"]["fingerprint"],
        }

    async def _boot_disk(self, attached: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        disk = await self.client.find(path(attached["source"])) or {}
        asked = known.get("initializeParams", {})
        made = {
            # An image is what its family stood for when the disk was made: the official provider keeps the name too.
            "image": asked.get("image", disk.get("sourceImage", "")),
            "size": int(disk.get("sizeGb", 0)),
            "type": disk.get("type", "").rpartition("/")[2],
            "labels": disk.get("labels", {}),
        }
        return {
            "autoDelete": attached["autoDelete"],
            "deviceName": attached["deviceName"],
            "initializeParams": made,
            "mode": attached["mode"],
            "source": attached["source"],
        }

    def preview_create(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        shown = super().preview_create(inputs)
        interfaces = shown.get("networkInterfaces")
        if isinstance(interfaces, list):
            shown["networkInterfaces"] = [_previewed(each) for each in interfaces]
        return shown

    async def finish(self, operation: Operation, identity: str, inputs: Mapping[str, Any]) -> None:
        if inputs.get("desiredStatus") == "TERMINATED":
            await self.post(operation, {"id": identity}, "stop")

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        await instance_changes.apply(self, operation, state, inputs)

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        if state.get("deletionProtection"):
            raise StandInError(
                f"Cannot delete instance {state['name']}: instance Deletion Protection is enabled. Set "
                "deletion_protection to false for this resource and run `pulumi up` before attempting to delete it."
            )
        await super().delete(operation, state)


def _boot_disk(given: Any, place: Place) -> Any:
    if given is UNKNOWN:
        return given
    known = {"autoDelete", "deviceName", "initializeParams", "mode", "source"}
    for name in given:
        if name not in known:
            raise StandInError(f"the stand-in for pulumi-gcp does not take bootDisk.{name}")
    disk = {"boot": True, "autoDelete": given.get("autoDelete", True)}
    disk |= {name: given[name] for name in ("deviceName", "mode", "source") if given.get(name) is not None}
    if given.get("initializeParams") is not None:
        disk["initializeParams"] = inner("", _DISK).to(given["initializeParams"], place)
    return disk


def metadata_items(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Metadata as the API has it."""
    return [{"key": key, "value": value} for key, value in sorted(values.items())]


def metadata(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Metadata as the program has it."""
    return {item["key"]: item.get("value", "") for item in found}


def _previewed(interface: Any) -> Any:
    """An interface whose addresses are not known yet."""
    if not isinstance(interface, Mapping):
        return interface
    configurations = interface.get("accessConfigs")
    public = (
        {"accessConfigs": [each if each is UNKNOWN else {"natIp": UNKNOWN, **each} for each in configurations]}
        if isinstance(configurations, list)
        else {}
    )
    unknown = dict.fromkeys(("name", "network", "networkIp", "subnetwork"), UNKNOWN)
    return {**unknown, **interface, **public}
