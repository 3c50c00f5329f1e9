"""Instance templates. One can't be changed: what is different is another one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation
from tools.standins.core.schema import Failure
from tools.standins.core.values import UNKNOWN
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION, Place
from tools.standins.gcp.fields import Field, Fields, inner, items, number, same
from tools.standins.gcp.images import image_path
from tools.standins.gcp.instances import INTERFACE, SCHEDULING, SHIELDED, metadata, metadata_items

_TEMPLATE: Final = "gcp:compute/instanceTemplate:InstanceTemplate"
# The longest prefix of a name, and the longest that leaves room for the long random part.
_LONGEST_PREFIX: Final = 54
_LONG_PREFIX: Final = 37
_DISK: Final = {
    **same("autoDelete", "boot", "deviceName", "mode", "type"),
    "sourceImage": Field("initializeParams.sourceImage", lambda value, place: image_path(value)),
    "diskSizeGb": number("initializeParams.diskSizeGb"),
    **{name: Field(f"initializeParams.{name}") for name in ("diskName", "diskType", "labels")},
}


class InstanceTemplate(ComputeResource):
    """What the machines of a managed group are made of."""

    token = _TEMPLATE
    fields: ClassVar[Fields] = {
        "description": Field("description"),
        "instanceDescription": Field("properties.description"),
        "canIpForward": Field("properties.canIpForward"),
        "machineType": Field("properties.machineType"),
        "minCpuPlatform": Field("properties.minCpuPlatform"),
        "tags": Field("properties.tags.items"),
        "disks": items("properties.disks", _DISK),
        "networkInterfaces": items("properties.networkInterfaces", INTERFACE),
        "metadata": Field("properties.metadata.items", lambda value, place: metadata_items(value), metadata),
        "scheduling": inner("properties.scheduling", SCHEDULING),
        "shieldedInstanceConfig": inner("properties.shieldedInstanceConfig", SHIELDED),
    }
    virtual = frozenset({"namePrefix"})
    inputs = sdk.inputs(_TEMPLATE, replaces=(*fields, *virtual, "labels", "name", "project"))
    outputs = sdk.outputs(_TEMPLATE)
    collection = "instanceTemplates"
    scope = "global"
    computed = frozenset({"name", "project", "scheduling"})
    sets = frozenset({"tags"})

    def complete(self, inputs: dict[str, Any], previous: Mapping[str, Any], name: str, seed: bytes) -> dict[str, Any]:
        # Where there is a prefix, the provider makes the name up when it makes the template.
        return inputs if inputs.get("namePrefix") else super().complete(inputs, previous, name, seed)

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        failures = super().problems(inputs)
        prefix = inputs.get("namePrefix")
        if isinstance(prefix, str) and len(prefix) > _LONGEST_PREFIX:
            reason = f'"name_prefix" cannot be longer than {_LONGEST_PREFIX} characters'
            failures.append(Failure(path="namePrefix", reason=reason))
        return failures

    def body(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        own = {name: value for name, value in inputs.items() if name != "labels"}
        body = super().body(own, place)
        properties = body.setdefault("properties", {})
        if inputs.get("labels") is not UNKNOWN:
            properties["labels"] = CONFIGURATION.labels(inputs.get("labels", {}))
        for disk in properties.get("disks", []) if isinstance(properties.get("disks"), list) else []:
            if isinstance(disk, dict):
                disk.setdefault("autoDelete", True)
        return body

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return await super().create(operation, name, {**inputs, "name": inputs.get("name") or _name(inputs)})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        own = body["properties"]
        labels = own.get("labels", {})
        return {
            **found,
            "labels": {name: labels[name] for name in state.get("labels", {}) if name in labels},
            "effectiveLabels": labels,
            "pulumiLabels": labels,
            "metadataFingerprint": own["metadata"]["fingerprint"],
            "numericId": body["id"],
            "selfLinkUnique": f"{body['selfLink']}?uniqueId={body['id']}",
            "tagsFingerprint": own["tags"]["fingerprint"],
        }

    def derived(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        labels = inputs.get("labels", {})
        known = {} if labels is UNKNOWN else {name: CONFIGURATION.labels(labels) for name in _LABELS}
        return {**super().derived(inputs), **known}


_LABELS: Final = ("effectiveLabels", "pulumiLabels")


def _name(inputs: Mapping[str, Any]) -> str:
    prefix: str = inputs["namePrefix"]
    if len(prefix) > _LONG_PREFIX:
        return prefix + secrets.token_hex(4)
    return prefix + datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")[:18] + secrets.token_hex(4)
