"""Disks, those that an instance is made with among them."""

from __future__ import annotations

from typing import Any, Final

from tools.clouds.gce.catalogue import BASE, is_disk_type, source_image
from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import fingerprint
from tools.clouds.gce.references import link, name_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.fields import check_labels, set_labels

_DEFAULT_GIGABYTES: Final = 500


def insert(request: Request) -> None:
    """A disk with an image's content, or an empty one."""
    body = request.body
    check_labels(body.get("labels", {}))
    image = source_image(body["sourceImage"], "resource.sourceImage") if body.get("sourceImage") else None
    smallest = image.gigabytes if image else 1
    size = int(body.get("sizeGb") or (smallest if image else _DEFAULT_GIGABYTES))
    if size < smallest:
        message = f"Requested disk size cannot be smaller than the image size ({smallest} GB)"
        raise invalid("resource.sizeGb", size, message)
    body["sizeGb"] = str(size)
    body["type"] = _type_link(request, body.get("type") or "pd-standard", "resource.type")
    body["labelFingerprint"] = fingerprint(body.get("labels", {}))
    body["status"] = "READY"
    if image:
        body["sourceImage"] = link(image.path)
        body["architecture"] = image.architecture


def _type_link(request: Request, reference: str, field: str) -> str:
    name = name_of(reference)
    if not is_disk_type(name) or ("/" in reference and f"zones/{request.zone}/" not in reference):
        raise invalid(field, reference, f"Disk type with name '{name}' does not exist in zone '{request.zone}'.")
    return f"{BASE}projects/{request.project}/zones/{request.zone}/diskTypes/{name}"


def make(request: Request, number: int, attached: dict[str, Any]) -> str:
    """Makes the disk that a new instance asks for; returns its path."""
    wanted = attached.get("initializeParams", {})
    name = wanted.get("diskName") or attached.get("deviceName") if number else wanted.get("diskName")
    path = f"projects/{request.project}/zones/{request.zone}/disks/{name or name_of(request.path)}"
    if request.objects.find(path):
        raise CloudError(409, f"The resource '{path}' already exists", "alreadyExists")
    fields = {"sourceImage": "sourceImage", "diskSizeGb": "sizeGb", "diskType": "type", "labels": "labels"}
    body = {"name": name_of(path), **{disk: wanted[name] for name, disk in fields.items() if name in wanted}}
    if "sourceImage" in body:
        # Refused here, where the field has the name that the client knows.
        source_image(body["sourceImage"], f"resource.disks[{number}].initializeParams.sourceImage")
    insert(Request(objects=request.objects, project=request.project, path=path, body=body))
    request.objects.add(path, body)
    return path


def _resize(request: Request) -> None:
    present, wanted = int(request.target["sizeGb"]), int(request.body.get("sizeGb", 0))
    if wanted <= present:
        raise invalid("sizeGb", wanted, f"The new disk size must be larger than the present size ({present} GB).")
    request.target["sizeGb"] = str(wanted)


ACTIONS: Final = {("disks", "resize"): _resize, ("disks", "setLabels"): set_labels}
