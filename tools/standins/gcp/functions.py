"""The functions: what a program may ask of the cloud."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from tools.standins.core.operation import StandInError
from tools.standins.gcp.addresses import Address
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION
from tools.standins.gcp.fields import path
from tools.standins.gcp.groups import InstanceGroup
from tools.standins.gcp.instances import Instance
from tools.standins.gcp.networks import Network, Subnetwork

Function = Callable[[Mapping[str, Any]], Coroutine[Any, Any, dict[str, Any]]]


async def _image(given: Mapping[str, Any]) -> dict[str, Any]:
    project = given.get("project") or CONFIGURATION.place("global", {}).project
    folder = f"projects/{project}/global/images"
    if given.get("name"):
        body = await CONFIGURATION.client.get(f"{folder}/{given['name']}")
    elif given.get("family"):
        body = await CONFIGURATION.client.get(f"{folder}/family/{given['family']}")
    elif given.get("filter"):
        body = await _filtered_image(folder, given)
    else:
        raise StandInError("one of name, family or filter must be set")
    return {
        "id": path(body["selfLink"]),
        "imageId": body["id"],
        "project": project,
        "diskSizeGb": int(body["diskSizeGb"]),
        "archiveSizeBytes": int(body["archiveSizeBytes"]),
        "labels": {},
        "labelFingerprint": "",
        "imageEncryptionKeySha256": "",
        "sourceDisk": "",
        "sourceDiskEncryptionKeySha256": "",
        "sourceDiskId": "",
        "sourceImageId": "",
        **{name: body[name] for name in ("name", "family", "selfLink", "creationTimestamp", "description")},
        **{name: body[name] for name in ("licenses", "status")},
    }


async def _filtered_image(folder: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = (await CONFIGURATION.client.get(folder, filter=given["filter"]))["items"]
    if len(found) != 1 and not (found and given.get("mostRecent")):
        raise StandInError(
            f"your filter has returned {len(found)} images; please refine your filter to return exactly one image"
        )
    newest: dict[str, Any] = max(found, key=lambda each: each["creationTimestamp"])
    return newest


async def _zones(given: Mapping[str, Any]) -> dict[str, Any]:
    place = CONFIGURATION.place("region", given)
    # An unknown region has no zones; Google says that it is unknown.
    region = await CONFIGURATION.client.get(f"projects/{place.project}/regions/{place.region}")
    names = sorted(each.rpartition("/")[2] for each in region["zones"])
    return {"id": path(region["selfLink"]), "names": names, "project": place.project}


async def _machine_types(given: Mapping[str, Any]) -> dict[str, Any]:
    place = CONFIGURATION.place("zone", given)
    query = {"filter": given["filter"]} if given.get("filter") else {}
    folder = f"projects/{place.project}/zones/{place.zone}/machineTypes"
    found = (await CONFIGURATION.client.get(folder, **query))["items"]
    return {
        "id": folder,
        "project": place.project,
        "zone": place.zone,
        "machineTypes": [
            {name: each[name] for name in ("name", "architecture", "guestCpus", "memoryMb", "selfLink")}
            for each in found
        ],
    }


async def _client_config(given: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: CONFIGURATION.value(name) for name in ("project", "region", "zone")}
    token = CONFIGURATION.client.token
    return {**found, "id": "/".join(found.values()), "accessToken": token, "defaultLabels": {}}


def _object(resource: ComputeResource) -> Function:
    """The function that reads an object which somebody else made."""

    async def read(given: Mapping[str, Any]) -> dict[str, Any]:
        place = CONFIGURATION.place(resource.scope, given)
        identity = path(given.get("selfLink") or f"{place.folder}/{resource.collection}/{given.get('name', '')}")
        if not given.get("selfLink") and not given.get("name"):
            raise StandInError(f"{resource.noun}: one of name or self_link must be set")
        body = await CONFIGURATION.client.get(identity)
        found = await resource.properties(body, {"id": identity})
        if isinstance(resource, Network):
            found["subnetworksSelfLinks"] = body.get("subnetworks", [])
        # The SDK has this one as a text in the resource and as a number in the function.
        return {**found, "networkId": int(found["networkId"])} if "networkId" in found else found

    return read


FUNCTIONS: Final[Mapping[str, Function]] = {
    "gcp:compute/getImage:getImage": _image,
    "gcp:compute/getZones:getZones": _zones,
    "gcp:compute/getMachineTypes:getMachineTypes": _machine_types,
    "gcp:compute/getNetwork:getNetwork": _object(Network()),
    "gcp:compute/getSubnetwork:getSubnetwork": _object(Subnetwork()),
    "gcp:compute/getAddress:getAddress": _object(Address()),
    "gcp:compute/getInstance:getInstance": _object(Instance()),
    "gcp:compute/getInstanceGroup:getInstanceGroup": _object(InstanceGroup()),
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
}
