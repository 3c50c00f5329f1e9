"""What the provider is told: where the cloud is, who asks, and in which project, region and zone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from tools.standins.core.configuration import Configuration
from tools.standins.core.operation import StandInError
from tools.standins.gcp.client import Client

# The official variables, the first that is set counts.
_VARIABLES: Final = {
    "accessToken": ("GOOGLE_OAUTH_ACCESS_TOKEN",),
    "computeCustomEndpoint": ("GOOGLE_COMPUTE_CUSTOM_ENDPOINT",),
    "project": ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
    "region": ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"),
    "zone": ("GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"),
}
_NO_CREDENTIALS: Final = (
    "Attempted to load application default credentials since neither `credentials` nor `access_token` was set in the "
    "provider block. No credentials loaded. This stand-in takes an access token only (GOOGLE_OAUTH_ACCESS_TOKEN)"
)
_NO_ENDPOINT: Final = (
    "the stand-in for pulumi-gcp has no cloud to talk to: it is for a cloud on this computer, whose address is "
    'expected in GOOGLE_COMPUTE_CUSTOM_ENDPOINT; type: eval "$(tools/cloud env gce)"; '
    "for Google's own cloud, install the official plugin"
)
# What pulumi-gcp puts on everything that has labels.
_ATTRIBUTION: Final = {"goog-pulumi-provisioned": "true"}

Scope = Literal["global", "region", "zone"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an object is. Of region and zone only those that its collection has are filled in."""

    project: str
    region: str = ""
    zone: str = ""

    @property
    def folder(self) -> str:
        """The path of the place."""
        if self.zone:
            return f"projects/{self.project}/zones/{self.zone}"
        return f"projects/{self.project}/regions/{self.region}" if self.region else f"projects/{self.project}/global"

    @property
    def any_region(self) -> str:
        """The region, also of a zonal object."""
        return self.region or self.zone.rpartition("-")[0]


class GcpConfiguration(Configuration):
    """The provider's own inputs, and the official variables where they say nothing."""

    def __init__(self) -> None:
        self._given: dict[str, Any] = {}

    async def configure(self, given: Mapping[str, Any]) -> None:
        self._given = dict(given)
        if not self._value("computeCustomEndpoint"):
            raise StandInError(_NO_ENDPOINT)
        if not self._value("accessToken"):
            raise StandInError(_NO_CREDENTIALS)

    def _value(self, name: str) -> str:
        if self._given.get(name):
            return str(self._given[name])
        return next((os.environ[each] for each in _VARIABLES[name] if os.environ.get(each)), "")

    @property
    def client(self) -> Client:
        """The way to the cloud."""
        endpoint = self._value("computeCustomEndpoint")
        return Client(endpoint=f"{endpoint.rstrip('/')}/", token=self._value("accessToken"))

    def value(self, name: Literal["project", "region", "zone"]) -> str:
        """What the provider says, or the environment; empty when neither does."""
        return self._value(name)

    def place(self, scope: Scope, inputs: Mapping[str, Any]) -> Place:
        """Where an object with these inputs is; raises StandInError when nobody says so."""
        project = inputs.get("project") or self._value("project")
        if not project:
            raise StandInError("project: required field is not set")
        zone = _name(inputs.get("zone") or self._value("zone"))
        region = _name(inputs.get("region") or self._value("region")) or zone.rpartition("-")[0]
        if scope == "zone" and not zone:
            raise StandInError("Cannot determine zone: set in this resource, or set provider-level zone.")
        if scope == "region" and not region:
            raise StandInError("Cannot determine region: set in this resource, or set provider-level region.")
        return Place(project=project, region=region if scope == "region" else "", zone=zone if scope == "zone" else "")

    def labels(self, own: Mapping[str, str]) -> dict[str, str]:
        """A resource's labels with those that the provider adds."""
        attribution = {} if self._given.get("addPulumiAttributionLabel") is False else _ATTRIBUTION
        return {**self._given.get("defaultLabels", {}), **attribution, **own}


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


CONFIGURATION: Final = GcpConfiguration()
