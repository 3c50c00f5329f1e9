"""What the stand-in has on offer (catalogue.yaml), as the Compute API describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.clouds.gce.errors import CloudError, invalid, not_found

BASE = "https://www.googleapis.com/compute/v1/"


@dataclass(frozen=True, kw_only=True)
class Image:
    """A public image. `operating_system` is the family without its architecture: debian-12, ubuntu-2404-lts."""

    project: str
    name: str
    family: str
    architecture: str
    gigabytes: int

    @property
    def path(self) -> str:
        return f"projects/{self.project}/global/images/{self.name}"

    @property
    def operating_system(self) -> str:
        return self.family.removesuffix("-arm64").removesuffix("-amd64")

    def body(self) -> dict[str, Any]:
        """The image as the API gives it."""
        return {
            "kind": "compute#image",
            "id": str(100_000 + images().index(self)),
            "name": self.name,
            "family": self.family,
            "architecture": self.architecture,
            "diskSizeGb": str(self.gigabytes),
            "archiveSizeBytes": str(self.gigabytes << 27),
            "creationTimestamp": f"{_date(self.name)}T00:00:00.000-08:00",
            "description": f"{self.operating_system}, {self.architecture}",
            "status": "READY",
            "sourceType": "RAW",
            "licenses": [f"{BASE}projects/{self.project}/global/licenses/{self.operating_system}"],
            "selfLink": BASE + self.path,
        }


def _date(name: str) -> str:
    year, month, day = re.findall(r"v(\d{4})(\d\d)(\d\d)$", name)[0]
    return f"{year}-{month}-{day}"


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("catalogue.yaml").read_text())
    return content


@cache
def images() -> tuple[Image, ...]:
    """All images, of each family the oldest first."""
    return tuple(Image(**each) for each in _content()["images"])


def quota(name: str) -> int:
    """How many objects a project may have."""
    limit: int = _content()["quotas"][name]
    return limit


def regions() -> dict[str, tuple[str, ...]]:
    """Region → names of its zones."""
    return {
        region: tuple(f"{region}-{letter}" for letter in letters) for region, letters in _content()["regions"].items()
    }


def region_of(zone: str) -> str:
    """The region of a zone."""
    return zone.rpartition("-")[0]


def check_place(arguments: dict[str, str]) -> None:
    """Refuses a zone or a region that does not exist."""
    zone, region = arguments.get("zone"), arguments.get("region")
    if zone is not None and zone not in regions().get(region_of(zone), ()):
        raise invalid("zone", zone, "Unknown zone.")
    if region is not None and region not in regions():
        raise invalid("region", region, "Unknown region.")


def region_body(project: str, region: str) -> dict[str, Any]:
    """A region as the API gives it."""
    path = f"{BASE}projects/{project}"
    zones = [f"{path}/zones/{zone}" for zone in regions()[region]]
    return {
        "kind": "compute#region",
        "name": region,
        "status": "UP",
        "zones": zones,
        "selfLink": f"{path}/regions/{region}",
    }


def zone_body(project: str, zone: str) -> dict[str, Any]:
    """A zone as the API gives it."""
    path = f"{BASE}projects/{project}"
    return {
        "kind": "compute#zone",
        "name": zone,
        "status": "UP",
        "region": f"{path}/regions/{region_of(zone)}",
        "selfLink": f"{path}/zones/{zone}",
    }


def machine_types(project: str, zone: str) -> Iterator[dict[str, Any]]:
    """The machine types of a zone as the API gives them."""
    for architecture, families in _content()["machineTypes"].items():
        for family, sizes in families.items():
            for size, (processors, mebibytes) in sizes.items():
                yield {
                    "kind": "compute#machineType",
                    "name": f"{family}-{size}",
                    "guestCpus": processors,
                    "memoryMb": mebibytes,
                    "architecture": architecture,
                    "zone": zone,
                    "selfLink": f"{BASE}projects/{project}/zones/{zone}/machineTypes/{family}-{size}",
                }


def machine_type(project: str, zone: str, name: str) -> dict[str, Any] | None:
    """A machine type, if there is one of that name."""
    return next((each for each in machine_types(project, zone) if each["name"] == name), None)


def is_disk_type(name: str) -> bool:
    """Whether zones have such disks."""
    return name in _content()["diskTypes"]


def image(project: str, name: str) -> Image:
    """An image by its name."""
    found = [each for each in images() if (each.project, each.name) == (project, name)]
    if not found:
        raise not_found(f"projects/{project}/global/images/{name}")
    return found[0]


def newest_image(project: str, family: str) -> Image:
    """The image that a family stands for."""
    found = [each for each in images() if (each.project, each.family) == (project, family)]
    if not found:
        raise CloudError(
            404, f"The resource 'projects/{project}/global/images/family/{family}' was not found", "notFound"
        )
    return found[-1]


def source_image(reference: str, field: str) -> Image:
    """The image that a new disk names, by its path or by its family's."""
    match = re.search(r"projects/([^/]+)/global/images/(family/)?([^/]+)$", reference)
    try:
        if match:
            find = newest_image if match[2] else image
            return find(match[1], match[3])
    except CloudError:
        pass
    raise invalid(field, reference, "The referenced image resource cannot be found.")
