"""Instances: what a new one must be, and what can be done with one."""

from __future__ import annotations

from typing import Any, Final

from tools.clouds.gce.catalogue import machine_type, source_image
from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import fingerprint, now
from tools.clouds.gce.references import link, name_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules import disks
from tools.clouds.gce.rules.fields import check_fingerprint, check_labels, check_tags, set_labels
from tools.clouds.gce.rules.interfaces import add_access_config, complete, delete_access_config

_LONGEST_VALUE: Final = 256 << 10


def insert(request: Request) -> None:
    """An instance with its disks and its addresses; it runs at once."""
    body = request.body
    architecture = _check_machine_type(request, body.get("machineType", ""), "resource.machineType")["architecture"]
    check_scheduling(body.setdefault("scheduling", {}))
    check_metadata(body.setdefault("metadata", {}))
    check_tags("resource.tags.items", body.setdefault("tags", {}).get("items", []))
    check_labels(body.setdefault("labels", {}))
    interfaces = body.get("networkInterfaces", [])
    if not interfaces:
        raise invalid("resource.networkInterfaces", "", "At least one network interface is required.")
    for number, interface in enumerate(interfaces):
        complete(request, number, interface)
    _make_disks(request, architecture)
    body["tags"]["fingerprint"] = fingerprint(body["tags"].get("items", []))
    body["metadata"]["fingerprint"] = fingerprint(body["metadata"].get("items", []))
    body["labelFingerprint"] = fingerprint(body["labels"])
    body.setdefault("deletionProtection", False)
    body.setdefault("canIpForward", False)
    body |= {"status": "RUNNING", "cpuPlatform": "Intel Broadwell", "lastStartTimestamp": now()}
    body["fingerprint"] = fingerprint(body["name"])


def _check_machine_type(request: Request, reference: str, field: str) -> dict[str, Any]:
    name = name_of(reference)
    found = machine_type(request.project, request.zone, name)
    if f"zones/{request.zone}/machineTypes/" not in reference or found is None:
        raise invalid(field, reference, f"Machine type with name '{name}' does not exist in zone '{request.zone}'.")
    request.body["machineType"] = found["selfLink"]
    return found


def check_scheduling(scheduling: dict[str, Any]) -> None:
    spot = scheduling.setdefault("provisioningModel", "STANDARD") == "SPOT" or scheduling.get("preemptible", False)
    scheduling.setdefault("automaticRestart", not spot)
    scheduling.setdefault("onHostMaintenance", "TERMINATE" if spot else "MIGRATE")
    if spot and scheduling["automaticRestart"]:
        message = "Automatic restart should be disabled for preemptible instance."
        raise invalid("resource.scheduling.automaticRestart", True, message)
    if spot and scheduling["onHostMaintenance"] == "MIGRATE":
        message = "Scheduling must have onHostMaintenance be TERMINATE for preemptible instance."
        raise invalid("resource.scheduling.onHostMaintenance", "MIGRATE", message)


def check_metadata(metadata: dict[str, Any]) -> None:
    keys = [item.get("key", "") for item in metadata.get("items", [])]
    for item in metadata.get("items", []):
        if keys.count(item.get("key", "")) > 1:
            raise invalid("resource.metadata", item["key"], "Duplicate metadata keys are not allowed.")
        if len(item.get("value", "").encode()) > _LONGEST_VALUE:
            raise invalid("resource.metadata.items.value", item["key"], "Metadata values must be at most 262144 bytes.")


def _make_disks(request: Request, architecture: str) -> None:
    attached = request.body.get("disks", [])
    if not attached or not attached[0].get("boot"):
        raise invalid("resource.disks", "", "Boot disk must be the first disk attached to the instance.")
    _check_architecture(attached[0], architecture)
    for number, disk in enumerate(attached):
        if "source" not in disk:
            disk["source"] = link(disks.make(request, number, disk))
        content = request.objects.at(disk["source"])
        disk.pop("initializeParams", None)
        disk |= {"index": number, "diskSizeGb": content["sizeGb"], "kind": "compute#attachedDisk"}
        disk.setdefault("type", "PERSISTENT")
        disk.setdefault("mode", "READ_WRITE")
        disk.setdefault("deviceName", f"persistent-disk-{number}")
        disk.setdefault("autoDelete", False)


def _check_architecture(boot: dict[str, Any], architecture: str) -> None:
    reference = boot.get("initializeParams", {}).get("sourceImage")
    if reference is None:
        return
    found = source_image(reference, "resource.disks[0].initializeParams.sourceImage").architecture
    if found != architecture:
        raise CloudError(
            400,
            f"Invalid resource usage: 'Requested boot disk architecture ({found}) is not compatible with machine type "
            f"architecture ({architecture}).'.",
        )


def delete(request: Request) -> None:
    """Its disks go along where it was asked for, and instance groups forget it."""
    if request.target.get("deletionProtection"):
        message = "Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'."
        raise CloudError(400, message, "invalidUsage")
    for members in request.objects.members.values():
        if request.path in members:
            members.remove(request.path)
    attached = request.target["disks"]
    request.target["disks"] = []
    for disk in attached:
        if disk["autoDelete"]:
            request.objects.remove(disk["source"].partition("/compute/v1/")[2])


def _set_tags(request: Request) -> None:
    check_tags("resource.items", request.body.get("items", []))
    check_fingerprint("tags", request.target["tags"]["fingerprint"], request.body.get("fingerprint"))
    items = request.body.get("items", [])
    request.target["tags"] = {"items": items, "fingerprint": fingerprint(items)}


def _set_metadata(request: Request) -> None:
    check_metadata(request.body)
    check_fingerprint("metadata", request.target["metadata"]["fingerprint"], request.body.get("fingerprint"))
    items = request.body.get("items", [])
    request.target["metadata"] = {"items": items, "fingerprint": fingerprint(items)}


def _set_machine_type(request: Request) -> None:
    if request.target["status"] != "TERMINATED":
        message = "Invalid resource usage: 'Instance must be stopped before machine type can be changed.'."
        raise CloudError(400, message)
    found = _check_machine_type(request, request.body.get("machineType", ""), "machineType")
    request.target["machineType"] = found["selfLink"]


def _set_deletion_protection(request: Request) -> None:
    request.target["deletionProtection"] = request.query.get("deletionProtection", "true").lower() == "true"


def _set_scheduling(request: Request) -> None:
    check_scheduling(request.body)
    request.target["scheduling"] = request.body


def _set_service_account(request: Request) -> None:
    if request.target["status"] != "TERMINATED":
        message = "The instance must be stopped before the service account can be changed."
        raise CloudError(400, message, "invalidUsage")
    request.target["serviceAccounts"] = [request.body] if request.body.get("email") else []


def _update_shielded(request: Request) -> None:
    request.target["shieldedInstanceConfig"] = {**request.target.get("shieldedInstanceConfig", {}), **request.body}


def _update(request: Request) -> None:
    # Of what an instance's update can change, this is what no method of its own does.
    request.target["canIpForward"] = request.body.get("canIpForward", False)


def _start(request: Request) -> None:
    request.target.update(status="RUNNING", lastStartTimestamp=now())


def _stop(request: Request) -> None:
    request.target.update(status="TERMINATED", lastStopTimestamp=now())


ACTIONS: Final = {
    ("instances", "setTags"): _set_tags,
    ("instances", "setMetadata"): _set_metadata,
    ("instances", "setLabels"): set_labels,
    ("instances", "setMachineType"): _set_machine_type,
    ("instances", "setDeletionProtection"): _set_deletion_protection,
    ("instances", "setScheduling"): _set_scheduling,
    ("instances", "setServiceAccount"): _set_service_account,
    ("instances", "updateShieldedInstanceConfig"): _update_shielded,
    ("instances", "update"): _update,
    ("instances", "start"): _start,
    ("instances", "stop"): _stop,
    ("instances", "addAccessConfig"): add_access_config,
    ("instances", "deleteAccessConfig"): delete_access_config,
}
