"""Instance templates: what a managed group makes its machines of."""

from __future__ import annotations

from tools.clouds.gce.catalogue import source_image
from tools.clouds.gce.errors import invalid
from tools.clouds.gce.objects import fingerprint
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.fields import check_labels, check_tags
from tools.clouds.gce.rules.instances import check_metadata, check_scheduling


def insert(request: Request) -> None:
    """A template can't be changed. What depends on a zone is checked when a machine is made of it."""
    properties = request.body.get("properties", {})
    field = "resource.properties"
    kind = properties.get("machineType", "")
    if not kind or "/" in kind:
        raise invalid(f"{field}.machineType", kind, "A machine type's name is expected, not its URL.")
    if not properties.get("networkInterfaces"):
        raise invalid(f"{field}.networkInterfaces", "", "At least one network interface is required.")
    disks = properties.get("disks", [])
    if not disks or not disks[0].get("boot"):
        raise invalid(f"{field}.disks", "", "Boot disk must be the first disk attached to the instance.")
    for number, disk in enumerate(disks):
        if image := disk.get("initializeParams", {}).get("sourceImage"):
            source_image(image, f"{field}.disks[{number}].initializeParams.sourceImage")
    check_scheduling(properties.setdefault("scheduling", {}))
    check_metadata(properties.setdefault("metadata", {}))
    check_tags(f"{field}.tags.items", properties.setdefault("tags", {}).get("items", []))
    check_labels(properties.get("labels", {}))
    properties["metadata"]["fingerprint"] = fingerprint(properties["metadata"].get("items", []))
    properties["tags"]["fingerprint"] = fingerprint(properties["tags"].get("items", []))
