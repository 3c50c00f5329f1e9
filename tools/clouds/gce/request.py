"""One request, as the rules of a collection see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.clouds.gce.catalogue import region_of
from tools.clouds.gce.objects import Objects


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request whose form is right. `path` is the object's own path; `body` is what the client sent."""

    objects: Objects
    project: str
    path: str
    body: dict[str, Any]
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """The zone of a zonal object."""
        return self.path.split("/")[3]

    @property
    def region(self) -> str:
        """The region of a regional or zonal object."""
        scope, place = self.path.split("/")[2:4]
        return region_of(place) if scope == "zones" else place

    @property
    def target(self) -> dict[str, Any]:
        """The object that the request is about."""
        return self.objects.get(self.path)
